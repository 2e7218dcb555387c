/* The spandsp library as an anchor.
 *
 *   spandsp plc        packets of 20 ms at 8 kHz, each a flag (1: lost) and 160 samples, to 160 samples each
 *   spandsp encode     samples at 16 kHz to octets of G.722 at 64 kbit/s
 *   spandsp decode     octets to samples
 *
 * Samples and flags are 16-bit, in the machine's order, from standard input to standard output. */
#include <spandsp.h>
#include <stdio.h>
#include <string.h>

enum { PACKET = 160, BLOCK = 320 };

static int conceal(void)
{
    plc_state_t *state = plc_init(NULL);
    int16_t packet[1 + PACKET];

    while (fread(packet, sizeof packet, 1, stdin) == 1) {
        if (packet[0])
            plc_fillin(state, packet + 1, PACKET);
        else
            plc_rx(state, packet + 1, PACKET);
        if (fwrite(packet + 1, sizeof *packet, PACKET, stdout) != PACKET)
            return 1;
    }
    return 0;
}

static int encode(void)
{
    g722_encode_state_t *state = g722_encode_init(NULL, 64000, 0);
    int16_t pcm[BLOCK];
    uint8_t octets[BLOCK];

    for (size_t n; (n = fread(pcm, sizeof *pcm, BLOCK, stdin)) > 0;) {
        int m = g722_encode(state, octets, pcm, n);
        if (fwrite(octets, 1, m, stdout) != (size_t)m)
            return 1;
    }
    return 0;
}

static int decode(void)
{
    g722_decode_state_t *state = g722_decode_init(NULL, 64000, 0);
    uint8_t octets[BLOCK];
    int16_t pcm[2 * BLOCK];

    for (size_t n; (n = fread(octets, 1, BLOCK, stdin)) > 0;) {
        int m = g722_decode(state, pcm, octets, n);
        if (fwrite(pcm, sizeof *pcm, m, stdout) != (size_t)m)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "plc"))
        return conceal();
    if (argc == 2 && !strcmp(argv[1], "encode"))
        return encode();
    if (argc == 2 && !strcmp(argv[1], "decode"))
        return decode();
    fprintf(stderr, "usage: spandsp plc|encode|decode\n");
    return 2;
}

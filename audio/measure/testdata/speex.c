/* The speexdsp library as an anchor.
 *
 *   speex echo RATE TAIL_MS SUPPRESS     pairs of samples (reference, microphone) to one
 *   speex noise RATE REDUCTION_DB        one sample to one
 *
 * Samples are 16-bit, in the machine's order, from standard input to standard output, in frames of 10 ms. SUPPRESS 1
 * adds the preprocessor, which suppresses residual echo only while it also lowers noise; 0 leaves the linear filter alone. */
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 480 };

static int fill(short *x, int n) { return fread(x, sizeof *x, n, stdin) == (size_t)n; }

static int drain(const short *x, int n) { return fwrite(x, sizeof *x, n, stdout) == (size_t)n; }

static int echo(int rate, int tail, int suppress)
{
    int n = rate / 100, on = 1;
    SpeexEchoState *canceller = speex_echo_state_init(n, rate / 1000 * tail);
    SpeexPreprocessState *after = speex_preprocess_state_init(n, rate);
    short pairs[2 * LARGEST], ref[LARGEST], mic[LARGEST], out[LARGEST];

    speex_echo_ctl(canceller, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
    speex_preprocess_ctl(after, SPEEX_PREPROCESS_SET_DENOISE, &on);
    speex_preprocess_ctl(after, SPEEX_PREPROCESS_SET_ECHO_STATE, canceller);
    while (fill(pairs, 2 * n)) {
        for (int i = 0; i < n; i++) {
            ref[i] = pairs[2 * i];
            mic[i] = pairs[2 * i + 1];
        }
        speex_echo_cancellation(canceller, mic, ref, out);
        if (suppress)
            speex_preprocess_run(after, out);
        if (!drain(out, n))
            return 1;
    }
    return 0;
}

static int noise(int rate, int reduction)
{
    int n = rate / 100, on = 1, level = -reduction;
    SpeexPreprocessState *box = speex_preprocess_state_init(n, rate);
    short x[LARGEST];

    speex_preprocess_ctl(box, SPEEX_PREPROCESS_SET_DENOISE, &on);
    speex_preprocess_ctl(box, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &level);
    while (fill(x, n)) {
        speex_preprocess_run(box, x);
        if (!drain(x, n))
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && !strcmp(argv[1], "echo") && atoi(argv[2]) / 100 <= LARGEST)
        return echo(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
    if (argc == 4 && !strcmp(argv[1], "noise") && atoi(argv[2]) / 100 <= LARGEST)
        return noise(atoi(argv[2]), atoi(argv[3]));
    fprintf(stderr, "usage: speex echo RATE TAIL_MS SUPPRESS | speex noise RATE REDUCTION_DB\n");
    return 2;
}

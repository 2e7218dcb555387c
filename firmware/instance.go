package firmware

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"strings"
)

// machineIDs are where a system keeps a number of its own that survives reboots: systemd's (machine-id(5)), and the
// serial number of a Raspberry Pi.
var machineIDs = []string{"etc/machine-id", "sys/firmware/devicetree/base/serial-number"}

// InstanceID is the URN by which a registrar knows this door again after a reboot, so that its old binding is replaced
// and not joined (RFC 5626 section 4.1). It is made of the machine's own number under root and the station's name, and
// tells neither. It is empty where the machine has no number.
func InstanceID(root fs.FS, station string) string {
	for _, path := range machineIDs {
		number, err := fs.ReadFile(root, path)
		if err != nil || strings.Trim(string(number), "0\x00\n") == "" {
			continue
		}
		h := sha256.Sum256(append(number, "\x00intercom\x00"+station...))
		h[6] = h[6]&0x0f | 0x80 // version 8, our own way to make it (RFC 9562 section 5.8)
		h[8] = h[8]&0x3f | 0x80
		return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
	}
	return ""
}

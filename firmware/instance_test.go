package firmware

import (
	"regexp"
	"testing"
	"testing/fstest"
)

func machine(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func TestInstanceID(t *testing.T) {
	one := machine(map[string]string{"etc/machine-id": "b0a1c2d3e4f5\n"})
	id := InstanceID(one, "front")
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Fatalf("%q is no URN of a UUID of version 8", id)
	}
	if InstanceID(one, "front") != id {
		t.Error("the same door has another number the second time")
	}
	if InstanceID(one, "back") == id {
		t.Error("two stations on one machine share a number")
	}
	if InstanceID(machine(map[string]string{"etc/machine-id": "ffff\n"}), "front") == id {
		t.Error("two machines share a number")
	}
}

func TestInstanceIDWithoutMachineID(t *testing.T) {
	serial := map[string]string{"sys/firmware/devicetree/base/serial-number": "10000000abcdef01\x00"}
	if InstanceID(machine(serial), "front") == "" {
		t.Error("the Pi's serial number is not used")
	}
	for name, files := range map[string]map[string]string{"nothing": nil, "empty": {"etc/machine-id": "\n"}, "zero": {"etc/machine-id": "0000\n"}} {
		if id := InstanceID(machine(files), "front"); id != "" {
			t.Errorf("%s: a number %s that others may have too", name, id)
		}
	}
}

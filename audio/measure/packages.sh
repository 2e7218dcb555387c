#!/bin/sh
# Installs what the sound measurements need: synthetic voices, the libraries that serve as anchors, a C compiler and
# qemu's user mode. Needs Debian 12 and root; any failure is the end.
set -eu

packages="espeak-ng flite libspeexdsp-dev libspandsp-dev gcc libc6-dev qemu-user"

missing=""
for package in $packages; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $package"
done

if [ -n "$missing" ]; then
	if [ "$(id -u)" != 0 ]; then
		echo "packages.sh: missing:$missing; run this as root" >&2
		exit 1
	fi
	apt-get update
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
fi

for program in espeak-ng flite gcc qemu-aarch64; do
	command -v "$program" >/dev/null || {
		echo "packages.sh: $program is not to be found though its package is installed" >&2
		exit 1
	}
done
echo "espeak-ng, flite, speexdsp, spandsp, gcc and qemu-aarch64 are here"

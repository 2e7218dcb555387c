#!/bin/sh
# Installs the programs the interop tests talk to. Needs Debian 12 and root; any failure is the end.
set -eu

packages="kamailio kamailio-tls-modules baresip-core sip-tester dnsmasq-base sox"

missing=""
for package in $packages; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $package"
done

if [ -n "$missing" ]; then
	if [ "$(id -u)" != 0 ]; then
		echo "packages.sh: missing:$missing; run this as root" >&2
		exit 1
	fi
	# The services that come with the packages are not wanted, only the programs: policy-rc.d keeps them from starting.
	policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
		trap 'rm -f "$policy"' EXIT
	fi
	apt-get update
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
fi

for program in kamailio baresip sipp dnsmasq sox; do
	PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null || {
		echo "packages.sh: $program is not to be found though its package is installed" >&2
		exit 1
	}
done
echo "kamailio, baresip, SIPp, dnsmasq and sox are here"

#!/bin/sh
# Installs the programs the interop tests talk to. Needs Debian 12 and root; any failure is the end.
set -eu

packages="kamailio kamailio-tls-modules baresip-core sip-tester dnsmasq-base sox nftables iproute2"
programs="kamailio baresip sipp dnsmasq sox nft ip"
PATH="$PATH:/usr/sbin:/sbin"

fail() {
	echo "packages.sh: $*" >&2
	exit 1
}

missing=""
for package in $packages; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $package"
done

install() {
	command -v apt-get >/dev/null || fail "missing:$missing; this is no Debian: install them in its own way"
	[ "$(id -u)" = 0 ] || fail "missing:$missing; run this as root: sudo sh $0"
	export DEBIAN_FRONTEND=noninteractive
	# kamailio comes with a service, of which only the program is wanted: policy-rc.d keeps it from starting now, and
	# disabling it keeps it from starting at the next boot. A service that was here before is left as it was.
	policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		trap 'rm -f "$policy"' EXIT
		trap 'exit 1' HUP INT TERM
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
	# A source that has nothing to do with these packages may be out of order; if it is the needed one, the next step fails.
	apt-get -o DPkg::Lock::Timeout=300 update || echo "packages.sh: apt-get update failed, going on with the lists that are here" >&2
	# shellcheck disable=SC2086
	apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $missing || fail "apt-get could not install:$missing"
	case "$missing " in
	*" kamailio "*) quiet_service kamailio ;;
	esac
}

# quiet_service stops and disables a service that this installation has brought. Containers have no init system to tell.
quiet_service() {
	update-rc.d "$1" disable >/dev/null || fail "the service $1 cannot be disabled: it would start with this machine"
	if [ -d /run/systemd/system ]; then
		systemctl stop "$1" || fail "the service $1 cannot be stopped"
	elif [ -x "/etc/init.d/$1" ]; then
		"/etc/init.d/$1" stop >/dev/null 2>&1 || true # it has not been started, unless a policy of the host allowed it
	fi
}

[ -z "$missing" ] || install

for program in $programs; do
	command -v "$program" >/dev/null || fail "$program is not to be found though its package is installed"
done
echo "kamailio, baresip, SIPp, dnsmasq, sox, nft and ip are here"

#!/bin/sh
# Installs the Debian packages of the lab as root; otherwise names what is missing, whose tests will skip.
set -eu
cd "$(dirname "$0")"
command -v dpkg-query >/dev/null || { echo "No Debian packages here: tests that need a missing program will skip, naming it."; exit 0; }
missing=""
while read -r package; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done < packages.txt
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then
    echo "Installing the lab:$missing"
    # A server that starts by itself would answer on this machine's own ports: the lab starts its own, privately.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "Missing for some tests, which will skip:$missing"
    echo "Install with: sudo apt-get install --no-install-recommends$missing"
fi

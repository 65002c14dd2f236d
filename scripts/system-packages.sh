#!/bin/sh
# Finds the programs the Python packages cannot bring, and installs those that are missing where that is possible (Debian, Ubuntu).
# usage: scripts/system-packages.sh PYTHON demo|test
# It changes nothing when everything is there, and names the packages when it may not install them.
set -eu
python=$1
purpose=$2
missing=

need() { # need PACKAGE test-command...
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable microsoft-edge; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

postgresql() { ls /usr/lib/postgresql/*/bin/initdb; }
font() { ls /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf; }
xlibrary() { ldconfig -p | grep -q "$1"; }

atspi() { ls /usr/share/dbus-1/services/org.a11y.Bus.service; }

ip_program() { command -v ip || ls /usr/sbin/ip /sbin/ip; }

faketime() { ls /usr/lib/*/faketime/libfaketimeMT.so.1; }

[ "$(uname -s)" = Linux ] || exit 0

need python3-venv "$python" -c 'import venv, ensurepip'
need python3-tk "$python" -c 'import tkinter'
need xvfb command -v Xvfb
need chromium browser
need fonts-dejavu-core font
need libatomic1 xlibrary libatomic.so.1 # the program that drives the browser
need libxcb1 xlibrary libxcb.so.1
need libxcb-image0 xlibrary libxcb-image.so.0
need libxcb-randr0 xlibrary libxcb-randr.so.0
need libxcb-shm0 xlibrary libxcb-shm.so.0
need libxcb-xfixes0 xlibrary libxcb-xfixes.so.0
if [ "$purpose" = test ]; then
    need gcc command -v cc            # builds the compiled loops of the text engine; without it they run in numpy
    need libc6-dev test -e /usr/include/string.h
    need nodejs command -v node       # opens the envelope test vectors with a second implementation
    need openssl command -v openssl   # verify.sh of an export pack is run by the tests
    need dbus-daemon command -v dbus-daemon
    need at-spi2-core atspi           # programs tell their text through it: accessibility
    need jq command -v jq
    need iproute2 ip_program              # two network namespaces with a cable, for the table of neighbours
    need xclip command -v xclip       # puts pictures on the clipboard, as large ones go: in pieces
    need openbox command -v openbox       # a window manager that the badge has to live with
    need x11-xserver-utils command -v xrandr # adds a monitor
    need libfaketime faketime             # sets the clock that one program sees
    need systemd command -v systemd-analyze # verifies the service definitions
    need gnome-keyring command -v gnome-keyring-daemon # a Secret Service, for the device's key
    need strace command -v strace     # the fault campaign ends processes at chosen system calls
    need e2fsprogs command -v mkfs.ext4
    need mount command -v mount
    need postgresql postgresql # the server's store is tested on it; the tests start a cluster of their own
fi

[ -n "$missing" ] || exit 0
[ "$missing" = "${missing#* chromium}" ] || apt-cache show chromium >/dev/null 2>&1 || missing=$(echo "$missing" | sed 's/ chromium/ chromium-browser/')

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Overt needs these programs, named here as Debian packages:$missing" >&2
    echo "Install their like with your system's package manager, then run make again." >&2
    exit 3
fi
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=sudo
else
    echo "Missing system packages, and no right to install them. Ask an administrator to run:" >&2
    echo "    apt-get install$missing" >&2
    exit 3
fi
echo "Installing system packages:$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of words on purpose
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null

#!/bin/sh
# Verifies a pack of Overt records with sha256sum, openssl (3.0 or later) and jq, and no other software of ours.
#
#   sh verify.sh [PACK [CHECKPOINT...]]
#
# PACK is the folder of the pack (this file's own folder unless named). Each further CHECKPOINT is a copy that somebody else
# kept: it shows whether the history in the pack is still the one that was fixed then. A time-stamp lies beside its
# checkpoint (NAME.checkpoint, NAME.tsr); to have it checked, name the certificate of the authority that you trust:
#
#   TSA_CERTIFICATE=tsa.pem sh verify.sh ...
#
# Exit code: 0 nothing found, 1 findings (each on a line that begins with FINDING), 3 a program is missing.
set -u
LC_ALL=C
export LC_ALL
for program in sha256sum openssl jq; do
    command -v $program >/dev/null || { echo "$program is not installed" >&2; exit 3; }
done
pack=${1:-$(dirname "$0")}
[ $# -gt 0 ] && shift
[ -f "$pack/bagit.txt" ] || { echo "$pack is not a pack" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/findings"

finding() { echo "FINDING $*" | tee -a "$work/findings"; }
step() { echo "$*"; }
digest() { sha256sum | cut -c1-64; }
bytes() { tail -c "+$(($2 + 1))" "$1" | head -c "$3"; } # FILE OFFSET LENGTH
u32() { bytes "$1" "$2" 4 | od -An -v -tu1 | { read -r a b c d; echo $(((a * 256 + b) * 256 * 256 + c * 256 + d)); }; }
signed() { openssl pkeyutl -verify -pubin -inkey "$1" -rawin -in "$2" -sigfile "$3" >/dev/null 2>&1; } # KEY FILE SIGNATURE
signed_any() { # NAME FILE SIGNATURE: by the newest server's key of that name, or by one of a server before
    for key in "$keys/$1.pem" "$pack"/data/former/*/"$1.pem"; do
        [ -f "$key" ] && signed "$key" "$2" "$3" && return 0
    done
    return 1
}
public() { openssl pkey -pubin -in "$1" -outform DER | tail -c 32; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
hkdf() { # KEY SALT LABEL, the first two in hex
    openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt "hexkey:$1" -kdfopt "hexsalt:$2" -kdfopt "info:$3" HKDF |
        tr -d ':\n' | tr A-F a-f
}

# 1. The pack holds what its manifests list, and nothing else.
bag() {
    step "1. Bag: files are those of the manifests"
    (cd "$pack" && sha256sum --quiet --strict -c manifest-sha256.txt tagmanifest-sha256.txt 2>&1) |
        while read -r line; do finding "bag: $line"; done
    (cd "$pack" && find data -type f | sort) >"$work/there"
    sed 's/^[0-9a-f]*  //' "$pack/manifest-sha256.txt" | sort >"$work/listed"
    cmp -s "$work/there" "$work/listed" || finding "bag: data holds other files than manifest-sha256.txt lists"
}

# 2. Authorities: signed by the issuer. Leaves authorities.jsonl.
authorities() {
    step "2. Authorities: signed by the issuer, for this device's key"
    for file in "$pack"/data/authorities/*.json; do
        [ -f "$file" ] || { finding "authorities: there is none"; return; }
        name=$(digest <"$file")
        [ "$(basename "$file")" = "$name.json" ] || finding "authority $(basename "$file"): not the file of that digest"
        jq -r .payload "$file" | openssl base64 -d -A >"$work/payload"
        jq -r .signature "$file" | openssl base64 -d -A >"$work/signature"
        signed_any issuer "$work/payload" "$work/signature" || finding "authority $name: not signed by the issuer"
        jq -c --arg name "$name" '{name: $name, device, case, device_key, not_before, not_after}' "$work/payload" \
            >>"$work/authorities.jsonl"
        [ "$(jq -r .device_key "$work/payload")" = "$(public "$keys/device.pem" | hex)" ] ||
            finding "authority $name: for another device's key"
    done
}

# Hand-overs, where the case came from another server: each server before named the next one, under its issuer's signature.
handovers() {
    number=0
    while [ -d "$pack/data/former/$number" ]; do
        before=$pack/data/former/$number
        step "   Hand-over $number: the server before named the next one"
        jq -r .payload "$before/handover.json" | openssl base64 -d -A >"$work/payload"
        jq -r .signature "$before/handover.json" | openssl base64 -d -A >"$work/signature"
        signed "$before/issuer.pem" "$work/payload" "$work/signature" || finding "hand-over $number: not signed by its issuer"
        number=$((number + 1))
        next=$pack/data/former/$number
        [ -d "$next" ] || next=$keys
        got=$(jq -r '"\(.device_key) \(.from_receipt_key) \(.to.issuer_key) \(.to.receipt_key)"' "$work/payload")
        for key in "$keys/device.pem" "$before/receipt.pem" "$next/issuer.pem" "$next/receipt.pem"; do
            public "$key" | hex
            echo
        done | paste -sd ' ' - >"$work/expected"
        [ "$got" = "$(cat "$work/expected")" ] || finding "hand-over $((number - 1)): for another device, or between other servers"
    done
}

# 3. Each record: signature over the header, stanzas and parts as signed. Leaves records.jsonl and the leaf of each.
records() {
    step "3. Records: signed by the device, stanzas and parts as signed"
    count=0 heads=0
    for file in "$pack"/data/records/*/*.overt; do
        [ -f "$file" ] || { finding "records: there is none"; return; }
        place=${file#"$pack"/data/records/}
        record "$file" "$place"
        count=$((count + 1))
    done
    step "   $count records, $heads of them without their content"
}

record() {
    [ "$(bytes "$1" 0 8)" = OVERTEN1 ] || { finding "$2: not an envelope"; return; }
    header_size=$(u32 "$1" 8)
    stanzas_size=$(u32 "$1" $((12 + header_size)))
    at=$((16 + header_size + stanzas_size))
    bytes "$1" 12 "$header_size" >"$work/header"
    bytes "$1" "$at" 64 >"$work/signature"
    sed -n 1p "$work/header" >"$work/context"
    sed -n 2p "$work/header" >"$work/manifest"
    jq -acS . "$work/header" 2>/dev/null | cmp -s - "$work/header" || { finding "$2: the header is not canonical"; return; }
    signed "$keys/device.pem" "$work/header" "$work/signature" || finding "$2: not signed by the device"
    [ "$(bytes "$1" $((16 + header_size)) "$stanzas_size" | digest)" = "$(jq -r .stanzas "$work/manifest")" ] ||
        finding "$2: stanzas are not those that were signed"
    at=$((at + 64))
    if [ "$(wc -c <"$1")" -eq "$at" ]; then
        heads=$((heads + 1))
    else
        jq -r '.parts[] | "\(.size) \(.sha256) \(.name)"' "$work/manifest" >"$work/parts"
        while read -r size sha256 name; do
            [ "$(bytes "$1" "$at" "$size" | digest)" = "$sha256" ] || finding "$2: part $name is not the one that was signed"
            at=$((at + size))
        done <"$work/parts"
        [ "$(wc -c <"$1")" -eq "$at" ] || finding "$2: its size is not the sum of its parts"
    fi
    { printf '\000'; cat "$work/header"; } | openssl dgst -sha256 -binary >"$work/leaf.$count"
    jq -c --arg place "$2" --arg header "$(digest <"$work/header")" --arg record "$(digest <"$1")" \
        '{place: $place, header: $header, record: $record} + .' "$work/context" >>"$work/records.jsonl"
}

# 4. The chain: one device and case, no number missing or repeated, each names the one before; 5. authority and time.
chain() {
    step "4. Chain: no record is missing, repeated or exchanged"
    step "5. Authority: each record was made under one of the authorities, in its time"
    jq -rn --slurpfile permitted "$work/authorities.jsonl" --slurpfile records "$work/records.jsonl" '
        ("0" * 64) as $genesis | $records | to_entries[] | .key as $i | .value |
        (if $i == 0 then null else $records[$i - 1] end) as $before |
        (if $before == null or .epoch != $before.epoch
         then {seq: 0, prev: $genesis, epoch: (if $before == null then 0 else $before.epoch + 1 end)}
         else {seq: ($before.seq + 1), prev: $before.header, epoch: .epoch} end) as $next |
        .authority as $authority | (($permitted | map(select(.name == $authority)))[0]) as $by |
        "\(.place): " + (
            (select(.device != $records[0].device or .case != $records[0].case) | "of another device or case"),
            (select(.epoch != $next.epoch) | "epoch \(.epoch) where \($next.epoch) comes next"),
            (select(.seq != $next.seq) | "number \(.seq) where \($next.seq) comes next"),
            (select(.prev != $next.prev) | "does not name the record before it"),
            (select($by == null) | "made under an authority that is not in the pack"),
            (select($by != null and (.device != $by.device or .case != $by.case)) | "the authority is for another device or case"),
            (select($by != null and (.time < $by.not_before or .time >= $by.not_after)) | "made outside the time of its authority")
        )' >"$work/lines" || finding "chain: the headers could not be read"
    while read -r line; do finding "$line"; done <"$work/lines"
}

# Certificates of destruction, signed by the server. Leaves what they name in destroyed.
destructions() {
    : >"$work/destroyed"
    for file in "$pack"/data/destructions/*.json; do
        [ -f "$file" ] || return
        jq -r .payload "$file" | openssl base64 -d -A >"$work/payload"
        jq -r .signature "$file" | openssl base64 -d -A >"$work/signature"
        if ! signed_any receipt "$work/payload" "$work/signature"; then
            finding "certificate of destruction $(basename "$file"): not signed by the server"
        elif [ "$(jq -r .format "$work/payload")" = overt-destruction-1 ]; then
            jq -r '.records[] | "\(.device) \(.epoch) \(.seq) \(.record)"' "$work/payload" >>"$work/destroyed"
        else
            finding "certificate of destruction $(basename "$file"): is none"
        fi
    done
}

# 6. Receipts: the server's signed word for each record.
receipts() {
    step "6. Receipts: the server stored each of these records"
    jq -r '"\(.place) \(.record) \(.header) \(.device) \(.epoch) \(.seq)"' "$work/records.jsonl" >"$work/expected"
    while read -r place record header device epoch seq; do
        file=$pack/data/receipts/${place%.overt}
        [ -f "$file.json" ] || { finding "$place: there is no receipt"; continue; }
        signed_any receipt "$file.json" "$file.sig" || finding "$place: the receipt is not signed by the server"
        got=$(jq -r '"\(.record) \(.header) \(.device) \(.epoch) \(.seq)"' "$file.json")
        # Of a record without its content only the header can be compared; that it was destroyed by decision is signed.
        if [ "$(wc -c <"$pack/data/records/$place")" -eq "$(head_size "$pack/data/records/$place")" ]; then
            record=${got%% *}
            grep -qxF "$device $epoch $seq $record" "$work/destroyed" ||
                finding "$place: its content is gone, and no certificate of destruction names it"
        fi
        [ "$got" = "$record $header $device $epoch $seq" ] || finding "$place: the receipt is for something else"
    done <"$work/expected"
}

head_size() {
    size=$(u32 "$1" 8)
    echo $((16 + size + $(u32 "$1" $((12 + size))) + 64))
}

# 7. Checkpoints: a signed root over the first records; the pack's own, and copies that others kept.
checkpoint() {
    step "7. Checkpoint ${1#"$pack"/}: the first records are those that were fixed"
    sed '/^$/q' "$1" | sed '$d' >"$work/text"
    sed '1,/^$/d' "$1" | while read -r _ _ signature; do
        printf %s "$signature" | openssl base64 -d -A | tail -c 64 >"$work/signature"
        signed_any receipt "$work/text" "$work/signature" && echo yes
    done | grep -q yes || finding "checkpoint $1: not signed by the server"
    size=$(sed -n 2p "$work/text")
    [ "$size" -le "$count" ] || { finding "checkpoint $1: fixes $size records, the pack has $count"; return; }
    root "$size"
    [ "$(openssl base64 -A -in "$work/root")" = "$(sed -n 3p "$work/text")" ] ||
        finding "checkpoint $1: fixes another history than the one in the pack"
    [ "$size" -eq "$count" ] || step "   $((count - size)) records are later than this checkpoint"
}

root() { # over the first $1 leaves, as in RFC 6962
    at=0
    while [ "$at" -lt "$1" ]; do cp "$work/leaf.$at" "$work/node.$at" && at=$((at + 1)); done
    left=$1
    while [ "$left" -gt 1 ]; do
        at=0 up=0
        while [ $((at + 1)) -lt "$left" ]; do
            { printf '\001'; cat "$work/node.$at" "$work/node.$((at + 1))"; } | openssl dgst -sha256 -binary >"$work/pair"
            mv "$work/pair" "$work/node.$up"
            at=$((at + 2)) up=$((up + 1))
        done
        [ "$at" -eq "$left" ] || { cp "$work/node.$at" "$work/node.$up" && up=$((up + 1)); }
        left=$up
    done
    cp "$work/node.0" "$work/root"
}

# 8. Disclosed parts: they are what the signed ciphertexts hold, under the content key that the header commits to.
disclosed() {
    step "8. Disclosed content: it is what was sealed on the device"
    for folder in "$pack"/data/disclosed/*/*; do
        [ -d "$folder" ] || continue
        place=${folder#"$pack"/data/disclosed/}
        open_parts "$folder" "$pack/data/records/$place.overt" "$place"
    done
}

open_parts() {
    [ -f "$2" ] || { finding "disclosed $3: its record is not in the pack"; return; }
    header_size=$(u32 "$2" 8)
    bytes "$2" 12 "$header_size" >"$work/header"
    sed -n 2p "$work/header" >"$work/manifest"
    salt=$(sed -n 1p "$work/header" | digest)
    secret=$(cat "$1/content-key")
    [ "$(hkdf "$secret" "$salt" overt-commit-v1)" = "$(jq -r .commitment "$work/manifest")" ] ||
        finding "disclosed $3: not the content key that the header commits to"
    key=$(hkdf "$secret" "$salt" overt-parts-v1)
    for shown in "$1"/*; do
        name=$(basename "$shown")
        [ "$name" = content-key ] && continue
        open_part "$2" "${name%%.*}" | cmp -s - "$shown" || finding "disclosed $3: $name is not what was sealed"
    done
}

open_part() { # AES-256-GCM decrypts as CTR from block 2; that the bytes are authentic, steps 3 and 8 have shown by digests.
    start=$(head_size "$1") index=0
    jq -r '.parts[] | "\(.size) \(.name)"' "$work/manifest" >"$work/parts"
    while read -r size name; do
        [ "$name" = "$2" ] && break
        start=$((start + size)) index=$((index + 1))
    done <"$work/parts"
    bytes "$1" "$start" $((size - 16)) |
        openssl enc -d -aes-256-ctr -K "$key" -iv "$(printf '%024x00000002' $index)" >"$work/padded"
    bytes "$work/padded" 4 "$(u32 "$work/padded" 0)"
}

# 9. Time-stamps (RFC 3161): an authority outside saw a checkpoint at that time. Whom to trust is the reader's choice.
timestamps() {
    for note in "$@"; do
        token=${note%.checkpoint}.tsr
        [ -f "$token" ] || continue
        if [ -z "${TSA_CERTIFICATE:-}" ]; then
            step "9. Time-stamps: there are some; NOT CHECKED: name who made them, TSA_CERTIFICATE=FILE sh verify.sh"
            return
        fi
        step "9. Time-stamp of ${note#"$pack"/}: it was there"
        openssl ts -reply -in "$token" -text 2>/dev/null | sed -n 's/^Time stamp: /   seen at /p'
        openssl ts -verify -data "$note" -in "$token" -CAfile "$TSA_CERTIFICATE" >/dev/null 2>&1 ||
            finding "time-stamp $token: not for this checkpoint, or not by an authority under $TSA_CERTIFICATE"
    done
}

keys=$pack/data/keys
echo "Compare these with what you were given by another way:"
for name in issuer device receipt; do echo "   $name key   $(public "$keys/$name.pem" | digest | cut -c1-16)"; done
echo "   this pack    $(digest <"$pack/manifest-sha256.txt")"
for before in "$pack"/data/former/*; do
    [ -d "$before" ] || continue
    for name in issuer receipt; do echo "   $name key   $(public "$before/$name.pem" | digest | cut -c1-16)   of server $(basename "$before") before"; done
done
bag
handovers
authorities
records
[ -s "$work/records.jsonl" ] && {
    chain
    destructions
    receipts
    for note in "$pack"/data/checkpoint "$pack"/data/checkpoints/*.checkpoint "$@"; do
        [ -f "$note" ] && checkpoint "$note"
    done
    disclosed
    timestamps "$pack"/data/checkpoints/*.checkpoint "$@"
}
found=$(wc -l <"$work/findings")
[ "$found" -eq 0 ] || { echo "$found findings."; exit 1; }
echo "Nothing found: every step holds."

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
signed_any() { # NAME FILE SIGNATURE [FROM]: by the key of that name of a server, the oldest first. Leaves in signer which.
    signer=${4:-0}
    while [ "$signer" -lt "$former" ]; do
        signed "$pack/data/former/$signer/$1.pem" "$2" "$3" && return 0
        signer=$((signer + 1))
    done
    signed "$keys/$1.pem" "$2" "$3"
}
statement() { # FILE: leaves payload and signature
    jq -r .payload "$1" | openssl base64 -d -A >"$work/payload"
    jq -r .signature "$1" | openssl base64 -d -A >"$work/signature"
}
plain() { echo "$1" | sed 's/\.overt$//; s/^0*\([0-9]\)/\1/; s|/0*\([0-9]\)|/\1|'; } # 0000000000/00000000000000000007 is 0/7
key_id() { # KEY in hex: openssl makes bytes of it, behind two or four others
    openssl asn1parse -genstr "FORMAT:HEX,OCTETSTRING:$1" -noout -out "$work/der" && tail -c $((${#1} / 2)) "$work/der" | digest | cut -c1-16
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
    sed 's/^[0-9a-f]*  //' "$pack/manifest-sha256.txt" "$pack/tagmanifest-sha256.txt" >"$work/listed"
    (cd "$pack" && find data -type f && ls bagit.txt bag-info.txt manifest-sha256.txt verify.sh report.html case.jsonld 2>/dev/null) |
        grep -vxFf "$work/listed" | while read -r name; do finding "bag: $name is not in the manifest"; done
}

# 2. Authorities: signed by the issuer, or by one before for the time before. Leaves authorities.jsonl.
authorities() {
    step "2. Authorities: signed by the issuer, for this device's key"
    for file in "$pack"/data/authorities/*.json; do
        [ -f "$file" ] || { finding "authorities: there is none"; return; }
        name=$(digest <"$file")
        [ "$(basename "$file")" = "$name.json" ] || finding "authority $(basename "$file"): not the file of that digest"
        statement "$file"
        if signed "$keys/issuer.pem" "$work/payload" "$work/signature"; then
            :
        elif ! signed_any issuer "$work/payload" "$work/signature"; then
            finding "authority $name: not signed by the issuer"
            continue
        elif ! jq -e --slurpfile handed "$work/handover.$signer" '.not_before <= $handed[0].issued_at' "$work/payload" >/dev/null; then
            finding "authority $name: issued by who had handed the case over before"
            continue
        fi
        jq -r '.recipients[] | "\(.key) \(.role)"' "$work/payload" | while read -r key role; do
            printf '{"key":"%s","role":"%s"}\n' "$(key_id "$key")" "$role"
        done >"$work/recipients"
        jq -c --arg name "$name" --slurpfile recipients "$work/recipients" \
            '{name: $name, device, case, device_key, not_before, not_after, recipients: $recipients}' "$work/payload" \
            >>"$work/authorities.jsonl"
        [ "$(jq -r .device_key "$work/payload")" = "$(public "$keys/device.pem" | hex)" ] ||
            finding "authority $name: for another device's key"
    done
}

# Withdrawals: what ended an authority before its time. Leaves withdrawals.jsonl.
withdrawals() {
    : >"$work/withdrawals.jsonl"
    for file in "$pack"/data/withdrawals/*.json; do
        [ -f "$file" ] || return
        name=$(basename "$file" .json)
        statement "$file"
        if ! signed_any issuer "$work/payload" "$work/signature"; then
            finding "withdrawal of $name: not signed by the issuer"
        elif [ "$(jq -r '"\(.format) \(.authority)"' "$work/payload")" != "overt-withdrawal-1 $name" ]; then
            finding "withdrawal of $name: withdraws another authority"
        else
            step "   Authority $name was withdrawn at $(jq -r .withdrawn_at "$work/payload")"
            jq -c '{authority, withdrawn_at}' "$work/payload" >>"$work/withdrawals.jsonl"
        fi
    done
}

# Hand-overs, where the case came from another server: each server before named the next one, under its issuer's signature.
handovers() {
    number=0
    while [ "$number" -lt "$former" ]; do
        before=$pack/data/former/$number
        step "   Hand-over $number: the server before named the next one"
        statement "$before/handover.json"
        cp "$work/payload" "$work/handover.$number"
        signed "$before/issuer.pem" "$work/payload" "$work/signature" || finding "hand-over $number: not signed by its issuer"
        number=$((number + 1))
        next=$pack/data/former/$number
        [ "$number" -lt "$former" ] || next=$keys
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
        record "$file" "$(plain "$place")" "$place"
        count=$((count + 1))
    done
    [ -s "$work/records.jsonl" ] || return
    step "   $count records, $heads of them without their content, by the device's clock from $(jq -r .time "$work/records.jsonl" | sed -n 1p) to $(jq -r .time "$work/records.jsonl" | sed -n '$p')"
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
    named=$(jq -r '"\(.epoch)/\(.seq)"' "$work/context")
    [ "$3" = "$(printf %010d "${named%/*}")/$(printf %020d "${named#*/}").overt" ] || finding "$2: is record $named by its header"
    jq -c --arg place "$3" --arg header "$(digest <"$work/header")" --arg record "$(digest <"$1")" \
        '{place: $place, header: $header, record: $record} + .' "$work/context" >>"$work/records.jsonl"
}

# 4. The chain: one device and case, no number missing or repeated, each names the one before; 5. authority and time.
chain() {
    step "4. Chain: no record is missing, repeated or exchanged"
    step "5. Authority: each record was made under one of the authorities, captures in its time, sealed to its keys only"
    : >>"$work/authorities.jsonl"
    jq -rn --slurpfile permitted "$work/authorities.jsonl" --slurpfile withdrawn "$work/withdrawals.jsonl" \
        --slurpfile records "$work/records.jsonl" '
        def ms: (.[0:19] + "Z" | fromdate) * 1000 + ("1" + .[20:23] | tonumber);
        60000 as $sealing | # a capture that was begun in the last moment of an authority is sealed a little later
        ("0" * 64) as $genesis | $records | to_entries[] | .key as $i | .value |
        (if $i == 0 then null else $records[$i - 1] end) as $before |
        (if $before == null or .epoch != $before.epoch
         then {seq: 0, prev: $genesis, epoch: (if $before == null then 0 else $before.epoch + 1 end)}
         else {seq: ($before.seq + 1), prev: $before.header, epoch: .epoch} end) as $next |
        .authority as $authority | (($permitted | map(select(.name == $authority)))[0]) as $by |
        (($withdrawn | map(select(.authority == $authority)))[0]) as $ended |
        "\(.epoch)/\(.seq): " + (
            (select(.device != $records[0].device or .case != $records[0].case) | "of another device or case"),
            (select(.epoch != $next.epoch) | "epoch \(.epoch) where \($next.epoch) comes next"),
            (select(.seq != $next.seq) | "number \(.seq) where \($next.seq) comes next"),
            (select(.prev != $next.prev) | "does not name the record before it"),
            (select($by == null) | "made under an authority that is not among those that hold"),
            (select($by != null) | (
                (select(.device != $by.device or .case != $by.case) | "is of another device or case than its authority"),
                (select(.kind == "capture") | (.time | ms) as $time | (
                    (select($time < ($by.not_before | ms) - $sealing or $time >= ($by.not_after | ms) + $sealing) |
                        "was made at \(.time), outside the time of its authority"),
                    (select($ended != null) | select($time >= ($ended.withdrawn_at | ms) + $sealing) |
                        "was made at \(.time), after its authority was withdrawn"))),
                (select((.recipients - $by.recipients) != []) | "is sealed to a key that its authority does not name")))
        )' >"$work/lines" || finding "chain: the headers could not be read"
    while read -r line; do finding "$line"; done <"$work/lines"
}

# Certificates of destruction, signed by the server. Leaves what they name in destroyed.
destructions() {
    : >"$work/destroyed"
    for file in "$pack"/data/destructions/*.json; do
        [ -f "$file" ] || return
        statement "$file"
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
    server=0 # which one took the record before: none before it may have taken a later one
    while read -r place record header device epoch seq; do
        file=$pack/data/receipts/${place%.overt} named="$epoch/$seq"
        [ -f "$file.json" ] || { finding "$named: there is no receipt"; continue; }
        if signed_any receipt "$file.json" "$file.sig" "$server"; then
            server=$signer
        elif signed_any receipt "$file.json" "$file.sig"; then
            finding "$named: taken by a server that had handed the case over before"
        else
            finding "$named: the receipt is not signed by the server"
        fi
        got=$(jq -r '"\(.record) \(.header) \(.device) \(.epoch) \(.seq)"' "$file.json")
        # Of a record without its content only the header can be compared; that it was destroyed by decision is signed.
        if [ "$(wc -c <"$pack/data/records/$place")" -eq "$(head_size "$pack/data/records/$place")" ]; then
            record=${got%% *}
            grep -qxF "$device $epoch $seq $record" "$work/destroyed" ||
                finding "$named: its content is gone, and no certificate of destruction names it"
        fi
        [ "$got" = "$record $header $device $epoch $seq" ] || finding "$named: the receipt is for something else"
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
    case $size in '' | 0 | *[!0-9]*) finding "checkpoint $1: does not say how many records it fixes"; return ;; esac
    [ "$size" -le "$count" ] || { finding "checkpoint $1: it fixes $size records, and there are $count"; return; }
    root "$size"
    [ "$(openssl base64 -A -in "$work/root")" = "$(sed -n 3p "$work/text")" ] ||
        finding "checkpoint $1: fixes another history than the one in the pack"
    [ "$size" -eq "$count" ] && return
    step "   $((count - size)) records are later than this checkpoint"
    [ "$1" != "$pack/data/checkpoint" ] || finding "checkpoint $1: it fixes $size records, and there are $count"
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
    shown_records=0
    for folder in "$pack"/data/disclosed/*/*; do
        [ -d "$folder" ] || continue
        place=${folder#"$pack"/data/disclosed/}
        open_parts "$folder" "$pack/data/records/$place.overt" "$(plain "$place")"
        shown_records=$((shown_records + 1))
    done
    step "   $shown_records of the $count records are shown in the clear"
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
    jq -r '.parts[].name' "$work/manifest" >"$work/names"
    while read -r name; do
        for shown in "$1/$name" "$1/$name".*; do [ -f "$shown" ] && continue 2; done
        finding "disclosed $3: $name was sealed and is not shown"
    done <"$work/names"
    for shown in "$1"/*; do
        name=$(basename "$shown")
        [ "$name" = content-key ] && continue
        echo "${name%%.*}" | grep -qxFf - "$work/names" || { finding "disclosed $3: $name is no part of the record"; continue; }
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
            : >"$work/unchecked"
            return
        fi
        step "9. Time-stamp of ${note#"$pack"/}: it was there"
        openssl ts -reply -in "$token" -text 2>/dev/null | sed -n 's/^Time stamp: /   seen at /p'
        openssl ts -verify -data "$note" -in "$token" -CAfile "$TSA_CERTIFICATE" >/dev/null 2>&1 ||
            finding "time-stamp $token: not for this checkpoint, or not by an authority under $TSA_CERTIFICATE"
    done
}

keys=$pack/data/keys former=0
echo "Compare these with what you were given by another way:"
for name in issuer device receipt; do
    [ "$name" = receipt ] && called=server || called=$name
    echo "   $called  $(public "$keys/$name.pem" | digest | cut -c1-16)"
done
while [ -d "$pack/data/former/$former" ]; do
    before=$pack/data/former/$former former=$((former + 1))
    echo "   server $former before: issuer  $(public "$before/issuer.pem" | digest | cut -c1-16)  server  $(public "$before/receipt.pem" | digest | cut -c1-16)"
done
echo "   this pack  $(digest <"$pack/tagmanifest-sha256.txt")"
bag
handovers
authorities
withdrawals
records
[ -f "$pack/data/checkpoint" ] || finding "checkpoint: is missing: the end of the records may have been cut off"
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
[ "$found" -eq 1 ] && plural='' || plural=s
[ "$found" -eq 0 ] || { echo "$found finding$plural: each names a record (epoch/number) or a file, and says what does not hold."; exit 1; }
[ -f "$work/unchecked" ] && { echo "Nothing found in the steps that were made; the time-stamps were NOT checked."; exit 0; }
echo "Nothing found: every step holds."

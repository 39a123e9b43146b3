#!/bin/sh
# Verifies an unpacked case package with sha256sum and openssl alone (RFC 9162, C2SP tlog-proof).
#
#   sh verify.sh [--log-key VKEY] [--ca CA.pem]
#
# VKEY: the log's verifier key, "name+id+base64"; CA.pem: root of the signing certificate. Get both
# by another way than this package. Exit: 0 passed, 1 failed, 3 passed but signer or log not named.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")" || exit 2
VKEY= CA= FAILED=0 OPEN=0
while [ $# -gt 0 ]; do
  case $1 in
    --log-key) VKEY=${2-}; shift 2 || exit 2 ;;
    --ca) CA=${2-}; shift 2 || exit 2 ;;
    *) echo "usage: sh verify.sh [--log-key VKEY] [--ca CA.pem]" >&2; exit 2 ;;
  esac
done
TMP=$(mktemp -d) || exit 2
trap 'rm -rf "$TMP"' EXIT

ok() { echo "  ok       $1"; }
bad() { echo "  FAILED   $1"; FAILED=1; }
open() { echo "  OPEN     $1"; OPEN=1; }
# Hex on standard input to bytes on standard output.
if command -v basenc >/dev/null 2>&1; then unhex() { tr -d '\n' | tr a-f A-F | basenc -d --base16; }
elif [ "$(printf '%b' '\x41')" = A ]; then
  unhex() { while read -r line; do printf '%b' "$(printf '%s' "$line" | sed 's/../\\x&/g')"; done; }
else echo "needs basenc (GNU coreutils) or bash: run it as bash verify.sh" >&2; exit 2; fi
hash() { sha256sum | cut -c1-64; }
# RFC 9162 2.1.1: a node is SHA-256(0x01 || left || right), a leaf SHA-256(0x00 || data).
node() { { printf '\001'; printf '%s\n%s\n' "$1" "$2" | unhex; } | hash; }
b64hex() { printf '%s\n' "$1" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n'; }

echo "1. Files against the list"
if sha256sum --quiet -c manifest-sha256.txt >"$TMP/sums" 2>&1; then ok "manifest-sha256.txt"
else bad "manifest-sha256.txt"; cat "$TMP/sums"; fi
find . -type f ! -path './META-INF/*' ! -name mimetype ! -path './manifest-sha256.txt' | sed 's|^\./||' | sort >"$TMP/there"
sed 's/^[0-9a-f]*  //' manifest-sha256.txt | sort >"$TMP/listed"
if cmp -s "$TMP/there" "$TMP/listed"; then ok "no file beside the list"
else bad "files beside the list:"; diff "$TMP/there" "$TMP/listed"; fi

echo "2. Signature over the package"
M=META-INF/ASiCManifest001.xml
# What the signed list does not name is fixed by the form of the container (EN 319 162-1).
own=$(find META-INF -type f | sort | tr '\n' ' ')
if printf %s application/vnd.etsi.asic-e+zip | cmp -s - mimetype && [ "$own" = "$M META-INF/signature001.p7s " ]
then ok "form of the container"; else bad "form of the container: mimetype or META-INF"; fi
sum=$(sha256sum manifest-sha256.txt | cut -c1-64 | unhex | openssl base64 -A)
if grep -qF "<ds:DigestValue>$sum</ds:DigestValue>" "$M"; then ok "signed manifest names the list"
else bad "signed manifest does not name the list"; fi
cms() { openssl cms -verify -binary -inform DER -in META-INF/signature001.p7s -content "$M" -purpose any -out /dev/null "$@" 2>"$TMP/cms"; }
if [ -n "$CA" ]; then
  if cms -CAfile "$CA"; then ok "signature, certificate from $CA"; else bad "signature"; cat "$TMP/cms"; fi
elif cms -noverify; then open "signature holds, but nobody was named who vouches for the signer (--ca)"
else bad "signature"; cat "$TMP/cms"; fi

echo "3. Checkpoint of the log"
CP=proof/checkpoint
size=$(sed -n 2p $CP)
root=$(b64hex "$(sed -n 3p $CP)")
if [ -n "$VKEY" ]; then
  name=${VKEY%%+*}
  rest=${VKEY#*+}
  # The base64 may itself hold a plus sign.
  raw=$(b64hex "${rest#*+}")
  # RFC 8410: SubjectPublicKeyInfo of Ed25519 is this prefix and the 32 bytes of the key.
  printf '302a300506032b6570032100%s\n' "${raw#01}" | unhex >"$TMP/key.der"
  sed -n '1,3p' $CP >"$TMP/text"
  line=$(sed -n '5,$p' $CP | grep -F -- " $name " | head -n 1)
  b64hex "${line##* }" | cut -c9- | unhex >"$TMP/sig"
  if [ "$(sed -n 1p $CP)" = "$name" ] && openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$TMP/key.der" \
    -in "$TMP/text" -sigfile "$TMP/sig" >/dev/null 2>&1
  then ok "signed by the log key you named, $size entries"; else bad "not signed by the log key you named"; fi
else open "signature not checked: no log key was named (--log-key)"; fi

echo "4. Exhibits"
count=0
before=$FAILED
FAILED=0
for entry in proof/entries/*.entry; do
  base=${entry%.entry}
  n=$(basename "$base")
  count=$((count + 1))
  # The statement must be what the entry commits to …
  commitment=$({ printf 'cunzheng/v1/commitment\n'; unhex <"$base.salt"; cat "$base.statement"; } | hash)
  grep -qF "\"commitment\":\"$commitment\"" "$entry" || bad "$n: statement is not what was committed to"
  # … the original must have the digest in the statement …
  digest=$(sed 's/.*"sha256":"\([0-9a-f]*\)".*/\1/' "$base.statement")
  grep -q "^$digest  " manifest-sha256.txt || bad "$n: the original is not in this package"
  # … and the entry must be in the tree of the checkpoint (RFC 9162 2.1.3.2).
  awk '/^$/{exit} NR>2' "$base.tlog-proof" >"$TMP/hashes"
  fn=$(sed -n 's/^index //p' "$base.tlog-proof" | head -n 1)
  sn=$((size - 1))
  r=$({ printf '\000'; cat "$entry"; } | hash)
  while read -r b64; do
    p=$(b64hex "$b64")
    if [ "$sn" -eq 0 ]; then r=too-long; break; fi
    if [ $((fn % 2)) -eq 1 ] || [ "$fn" -eq "$sn" ]; then
      r=$(node "$p" "$r")
      while [ $((fn % 2)) -eq 0 ] && [ "$fn" -ne 0 ]; do fn=$((fn / 2)); sn=$((sn / 2)); done
    else r=$(node "$r" "$p"); fi
    fn=$((fn / 2)); sn=$((sn / 2))
  done <"$TMP/hashes"
  if [ "$r" != "$root" ] || [ "$sn" -ne 0 ]; then bad "$n: not in the log"; fi
done
if [ $count -eq 0 ]; then open "there are no exhibits"; elif [ $FAILED -eq 0 ]; then ok "$count originals with their proofs"; fi
[ "$before" -eq 0 ] || FAILED=1

echo
if [ $FAILED -ne 0 ]; then echo "FAILED: do not rely on this package."; exit 1; fi
if [ $OPEN -ne 0 ]; then echo "INDETERMINATE: consistent with itself; see OPEN above."; exit 3; fi
echo "PASSED. Not checked here: completeness, the calculation, the chain (cunzheng verify does), revocation."

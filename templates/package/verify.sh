#!/bin/sh
# Verifies an unpacked case package with sha256sum and openssl alone (RFC 9162, C2SP tlog-proof).
#
#   sh verify.sh [--log-key VKEY] [--ca CA.pem] [FOLDER]
#
# VKEY: the log's verifier key, "name+id+base64"; CA.pem: root of the signing certificate. Get both
# by another way than this package. FOLDER: the unpacked package; without it, where this script
# lies. The copy in a package is the sender's: whoever must not trust the sender takes its own.
# Exit: 0 passed, 1 failed, 2 wrong use, 3 consistent, but signer or log not named.
set -u
LC_ALL=C
export LC_ALL
unset CDPATH
VKEY= CA= FOLDER= FAILED=0 OPEN=0
while [ $# -gt 0 ]; do
  case $1 in
    --log-key) VKEY=${2-}; shift 2 || exit 2 ;;
    --ca) CA=${2-}; shift 2 || exit 2 ;;
    -*) echo "usage: sh verify.sh [--log-key VKEY] [--ca CA.pem] [FOLDER]" >&2; exit 2 ;;
    *) FOLDER=$1; shift ;;
  esac
done
if [ -n "$CA" ]; then
  ca_folder=$(cd -- "$(dirname -- "$CA")" && pwd -P) || exit 2
  CA=$ca_folder/$(basename -- "$CA")
fi
cd -- "${FOLDER:-$(dirname -- "$0")}" || exit 2
here=$(pwd -P)
if [ -n "$CA" ]; then case $ca_folder/ in
  "$here"/*) echo "$CA lies in the package itself: take the root from elsewhere" >&2; exit 2 ;;
esac; fi
TMP=$(mktemp -d) || exit 2
trap 'rm -rf "$TMP"' EXIT

# Names and messages of hostile files must not steer the terminal.
clean() { tr -d '\000-\011\013-\037\177'; }
say() { printf '%s\n' "$1" | clean; }
ok() { say "  ok       $1"; }
bad() { say "  FAILED   $1"; FAILED=1; }
open() { say "  OPEN     $1"; OPEN=1; }
give_up() { bad "$1"; echo; echo "FAILED: do not rely on this package."; exit 1; }
# Hex on standard input to bytes on standard output.
if command -v basenc >/dev/null 2>&1; then unhex() { tr -d '\n' | tr a-f A-F | basenc -d --base16; }
elif [ "$(printf '%b' '\x41')" = A ]; then
  unhex() { while read -r line; do printf '%b' "$(printf '%s' "$line" | sed 's/../\\x&/g')"; done; }
else echo "needs basenc (GNU coreutils) or bash: run it as bash verify.sh" >&2; exit 2; fi
hash() { sha256sum | cut -c1-64; }
# RFC 9162 2.1.1: a node is SHA-256(0x01 || left || right), a leaf SHA-256(0x00 || data).
node() { { printf '\001'; printf '%s\n%s\n' "$1" "$2" | unhex; } | hash; }
b64hex() { printf '%s\n' "$1" | openssl base64 -d -A 2>/dev/null | od -An -v -tx1 | tr -d ' \n'; }
# Shell arithmetic evaluates what a variable holds: nothing but a number may get there.
number() { case $1 in '' | *[!0-9]* | 0?* | ????????????????*) return 1 ;; esac; }
digest() { case $1 in *[!0-9a-f]*) return 1 ;; esac; [ ${#1} -eq 64 ]; }
one_line() { [ -s "$1" ] && [ "$(wc -l <"$1")" -eq 0 ]; }

echo "1. Files against the list"
[ -z "$(find . ! -type f ! -type d | head -n 1)" ] || give_up "there are links or special files"
[ -z "$(find . -name '*[[:cntrl:]]*' | head -n 1)" ] || give_up "there are control characters in names"
L=manifest-sha256.txt
[ -s $L ] || give_up "there is no $L"
# A line that sha256sum would skip, or read from elsewhere, leaves a file unchecked.
if grep -avq '^[0-9a-f]\{64\}  [^-/\\]' $L; then give_up "$L is not in its form"; fi
if sha256sum --strict --quiet -c $L >"$TMP/sums" 2>&1 </dev/null; then ok $L
else bad $L; clean <"$TMP/sums"; fi
find . -type f ! -path './META-INF/*' ! -path ./mimetype ! -path ./$L | sed 's|^\./||' | sort >"$TMP/there"
sed 's/^[0-9a-f]*  //' $L | sort >"$TMP/listed"
if cmp -s "$TMP/there" "$TMP/listed"; then ok "no file beside the list"
else bad "files beside the list:"; diff "$TMP/there" "$TMP/listed" | clean; fi

echo "2. Signature over the package"
M=META-INF/ASiCManifest001.xml
# What the signed list does not name is fixed by the form of the container (EN 319 162-1).
own=$(find META-INF -type f | sort | tr '\n' ' ')
if printf %s application/vnd.etsi.asic-e+zip | cmp -s - mimetype && [ "$own" = "$M META-INF/signature001.p7s " ]
then ok "form of the container"; else bad "form of the container: mimetype or META-INF"; fi
sum=$(sha256sum $L | cut -c1-64 | unhex | openssl base64 -A)
# The digest must stand under the list's own name: any exhibit may have the bytes of another list.
signed=$(awk -v n=-9 '/<asic:DataObjectReference URI="manifest-sha256.txt" /{n=NR} NR==n+2' "$M")
if [ "$signed" = "    <ds:DigestValue>$sum</ds:DigestValue>" ]; then ok "signed manifest names the list"
else bad "signed manifest does not name the list"; fi
# Without these openssl also takes whoever the system's own certificate authorities vouch for.
alone=-no-CApath
if openssl cms -help 2>&1 | grep -q no-CAstore; then alone="$alone -no-CAstore"; fi
# shellcheck disable=SC2086
cms() { openssl cms -verify -binary -inform DER -in META-INF/signature001.p7s -content "$M" -purpose any -out /dev/null $alone "$@" 2>"$TMP/cms"; }
if [ -n "$CA" ]; then
  if cms -CAfile "$CA"; then ok "signature, certificate from $CA"; else bad "signature"; clean <"$TMP/cms"; fi
elif cms -noverify; then open "signature holds, but nobody was named who vouches for the signer (--ca)"
else bad "signature"; clean <"$TMP/cms"; fi

echo "3. Checkpoint of the log"
CP=proof/checkpoint
size=$(sed -n 2p $CP)
root=$(b64hex "$(sed -n 3p $CP)")
if ! number "$size" || ! digest "$root" || [ -n "$(sed -n 4p $CP)" ]; then give_up "$CP is not in its form"; fi
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
# case.json is canonical JSON (RFC 8785): members are sorted, and quotes within texts are escaped.
CASE=proof/case.json
one_line $CASE || give_up "$CASE is not in its form"
no=$(sed -n 's/.*,"evidenceNo":"\(CZ-[0-9A-Z-]*\)",.*/\1/p' $CASE)
loan=$(printf 'cunzheng/v1/loan\n%s' "$no" | hash)
grep -ao '{"path":"[^"\\]*","proof":"[^"\\]*","seq":[0-9]*}' $CASE |
  sed 's/^{"path":"\(.*\)","proof":"\(.*\)","seq":\(.*\)}$/\3 \2 \1/' >"$TMP/exhibits"
{
  for fixed in calculation.json case.json checkpoint completeness.json history.json; do echo "proof/$fixed"; done
  printf '%s\n' VERIFY.txt verify.sh verify.html
  grep -ao '{"path":"[^"\\]*","role":"[^"\\]*"}' $CASE | sed 's/^{"path":"\(.*\)","role":.*/\1/'
  grep -ao '"bundle":{"pageCount":[0-9]*,"path":"[^"\\]*"}' $CASE | sed 's/.*"path":"\(.*\)"}$/\1/'
  while read -r _ proof path; do
    printf '%s\n' "$path" "$proof"
    for part in statement salt entry tlog-proof; do echo "${proof%.json}.$part"; done
  done <"$TMP/exhibits"
} | sort >"$TMP/known"
comm -23 "$TMP/listed" "$TMP/known" >"$TMP/strange"
if [ -s "$TMP/strange" ]; then bad "files that the case does not name:"; clean <"$TMP/strange"; fi
if [ -n "$(uniq -d "$TMP/known")" ]; then bad "named twice:"; uniq -d "$TMP/known" | clean; fi

# What is wrong with exhibit $seq with proof $proof and original $path; nothing when all is well.
fault() {
  n=${proof#proof/entries/}
  n=${n%.json}
  case $n in '' | *[!0-9]*) echo "its proof has another name than a number"; return ;; esac
  base=proof/entries/$n
  salt=$(cat "$base.salt")
  if ! number "$seq" || ! digest "$salt" || ! one_line "$base.statement" || ! one_line "$base.entry"
  then echo "malformed"; return; fi
  # The statement must be what the entry of this loan commits to …
  commitment=$({ printf 'cunzheng/v1/commitment\n'; printf '%s\n' "$salt" | unhex; cat "$base.statement"; } | hash)
  entry=$(sed 's/"prev":"[0-9a-f]*"/"prev":""/' "$base.entry")
  [ "$entry" = "{\"commitment\":\"$commitment\",\"loan\":\"$loan\",\"prev\":\"\",\"seq\":$seq,\"type\":\"deposit\",\"v\":1}" ] ||
    { echo "statement is not what was committed to for this loan"; return; }
  # … the original must have the digest in the statement …
  sha=$(sed -n 's/.*,"file":{.*"sha256":"\([0-9a-f]*\)".*/\1/p' "$base.statement")
  { digest "$sha" && grep -aqxF -- "$sha  $path" $L; } || { echo "the original is not the one deposited"; return; }
  { grep -qF "\"evidenceNo\":\"$no\"," "$base.statement" && grep -qF "\"schema\":\"cunzheng/v1/statement\",\"seq\":$seq," "$base.statement"; } ||
    { echo "the statement is of another deposit"; return; }
  # … and the entry must be in the tree of the checkpoint (RFC 9162 2.1.3.2).
  awk 'f; /^$/{f=1}' "$base.tlog-proof" | cmp -s - $CP || { echo "its proof is of another checkpoint"; return; }
  awk '/^$/{exit} NR>2' "$base.tlog-proof" >"$TMP/hashes"
  fn=$(sed -n '2s/^index //p' "$base.tlog-proof")
  { number "$fn" && [ "$fn" -lt "$size" ]; } || { echo "malformed"; return; }
  sn=$((size - 1))
  r=$({ printf '\000'; cat "$base.entry"; } | hash)
  while read -r b64; do
    p=$(b64hex "$b64")
    if [ "$sn" -eq 0 ] || ! digest "$p"; then r=malformed; break; fi
    if [ $((fn % 2)) -eq 1 ] || [ "$fn" -eq "$sn" ]; then
      r=$(node "$p" "$r")
      while [ $((fn % 2)) -eq 0 ] && [ "$fn" -ne 0 ]; do fn=$((fn / 2)); sn=$((sn / 2)); done
    else r=$(node "$r" "$p"); fi
    fn=$((fn / 2)); sn=$((sn / 2))
  done <"$TMP/hashes"
  if [ "$r" != "$root" ] || [ "$sn" -ne 0 ]; then echo "not in the log"; fi
}
count=0 faulty=0
while read -r seq proof path; do
  count=$((count + 1))
  why=$(fault)
  if [ -n "$why" ]; then faulty=1; bad "$path: $why"; fi
done <"$TMP/exhibits"
if [ $count -eq 0 ]; then open "there are no exhibits"; elif [ $faulty -eq 0 ]; then ok "$count originals with their proofs"; fi

echo
if [ $FAILED -ne 0 ]; then echo "FAILED: do not rely on this package."; exit 1; fi
if [ $OPEN -ne 0 ]; then echo "INDETERMINATE: consistent with itself; see OPEN above."; exit 3; fi
echo "PASSED. Not checked here: completeness, the calculation, the chain (cunzheng verify does),"
echo "revocation, and whether documents and bundle say what the originals say."

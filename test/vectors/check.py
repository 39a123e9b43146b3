"""A second implementation of the formats, from docs/formats alone: python3, standard library only.

Recomputes from the vectors beside this file: canonical JSON (for values of ASCII keys and whole
numbers), salts, commitments, loan keys, evidence numbers, leaf hashes, tree roots, inclusion and
consistency proofs, map roots and map proofs, receipts, proof files, completeness proofs. Signatures
are not checked here (no Ed25519 in the standard library): openssl does that.

Prints one line a file and ends with 0 when everything agrees, 1 otherwise.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
ZEROS = bytes(32)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def load(name):
    return json.loads((HERE / name).read_text("utf-8"))


def accepted(name):
    return [case for case in load(name)["parse"] if case["valid"]]


def jcs(value):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8")


def leaf_hash(text):
    return sha256(b"\x00", text.encode("utf-8"))


def tree_root(leaves):
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01", tree_root(leaves[:k]), tree_root(leaves[k:]))


def inclusion_ok(index, size, leaf, proof, root):
    """By recursion from the top (RFC 9162 section 2.1.3.1 read backwards), not by the bit walk."""
    if not 0 <= index < size or any(len(h) != 32 for h in [leaf, *proof]):
        return False
    rest = list(proof)

    def up(index, size):
        if size == 1:
            return leaf
        k = 1
        while k * 2 < size:
            k *= 2
        if not rest:
            return None
        sibling = rest.pop()
        below = up(index, k) if index < k else up(index - k, size - k)
        if below is None:
            return None
        return sha256(b"\x01", below, sibling) if index < k else sha256(b"\x01", sibling, below)

    return up(index, size) == root and not rest


def consistency_ok(old_size, new_size, proof, old_root, new_root):
    if not 0 < old_size <= new_size or any(len(h) != 32 for h in [old_root, new_root, *proof]):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    rest = list(proof)

    def up(m, n, whole):
        """Roots of the first m and of all n leaves of this subtree."""
        if m == n:
            if whole:
                return old_root, old_root
            if not rest:
                return None
            last = rest.pop()
            return last, last
        if not rest:
            return None
        sibling = rest.pop()
        k = 1
        while k * 2 < n:
            k *= 2
        if m <= k:
            below = up(m, k, whole)
            return below and (below[0], sha256(b"\x01", below[1], sibling))
        below = up(m - k, n - k, False)
        return below and (sha256(b"\x01", sibling, below[0]), sha256(b"\x01", sibling, below[1]))

    return up(old_size, new_size, True) == (old_root, new_root) and not rest


def bit(key_hash, depth):
    return key_hash[depth // 8] >> (7 - depth % 8) & 1


def map_value_hash(count, head):
    return sha256(count.to_bytes(8, "big"), head)


def map_root(leaves, depth=0):
    if not leaves:
        return ZEROS
    if len(leaves) == 1:
        return sha256(b"\x00", *leaves[0])
    halves = [[leaf for leaf in leaves if bit(leaf[0], depth) == side] for side in (0, 1)]
    return sha256(b"\x01", *(map_root(half, depth + 1) for half in halves))


def map_ok(root, loan_key, value, proof):
    siblings = [bytes.fromhex(h) for h in proof["siblings"]]
    other = proof.get("other")
    key_hash = sha256(loan_key)
    if len(siblings) > 256 or (siblings and siblings[-1] == ZEROS):
        return False
    if value is not None:
        if other is not None or value["count"] < 1:
            return False
        node = sha256(b"\x00", key_hash, map_value_hash(value["count"], bytes.fromhex(value["head"])))
    elif other is None:
        node = ZEROS
    else:
        other_key = bytes.fromhex(other["keyHash"])
        if other_key == key_hash:
            return False
        if any(bit(other_key, d) != bit(key_hash, d) for d in range(len(siblings))):
            return False
        node = sha256(b"\x00", other_key, bytes.fromhex(other["valueHash"]))
    for depth in reversed(range(len(siblings))):
        pair = (siblings[depth], node) if bit(key_hash, depth) else (node, siblings[depth])
        node = sha256(b"\x01", *pair)
    return node == root


def loan_key(evidence_no):
    return sha256(b"cunzheng/v1/loan\n", evidence_no.encode())


def evidence_number(random):
    check = sha256(b"cunzheng/v1/evidence-number\n", random)
    bits = int.from_bytes(random, "big") << 12 | check[0] << 4 | check[1] >> 4
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    text = "".join(alphabet[bits >> shift & 31] for shift in range(135, -1, -5))
    return "CZ-" + "-".join(re.findall("....", text))


def commitment(salt, statement):
    return sha256(b"cunzheng/v1/commitment\n", salt, statement.encode("utf-8"))


def checkpoint(note):
    origin, size, root = note.split("\n")[:3]
    return origin, int(size), base64.b64decode(root)


def tlog_proof_ok(text, entry):
    head, note = text.split("\n\n", 1)
    header, index, *hashes = head.split("\n")
    _, size, root = checkpoint(note)
    proof = [base64.b64decode(h) for h in hashes]
    number = int(index.removeprefix("index "))
    return header == "c2sp.org/tlog-proof@v1" and inclusion_ok(number, size, leaf_hash(entry), proof, root)


def deposit_ok(statement_text, salt, entry_text):
    statement, entry = json.loads(statement_text), json.loads(entry_text)
    return (
        jcs(statement) == statement_text.encode()
        and jcs(entry) == entry_text.encode()
        and commitment(bytes.fromhex(salt), statement_text).hex() == entry["commitment"]
        and loan_key(statement["evidenceNo"]).hex() == entry["loan"]
        and statement["seq"] == entry["seq"]
    )


def check_canonical():
    for case in load("jcs.json")["canonicalisation"]:
        yield case["name"], hashlib.sha256(case["canonical"].encode()).hexdigest() == case["sha256"]
        yield case["name"], json.loads(case["input"]) == json.loads(case["canonical"])


def check_evidence_numbers():
    for case in load("evidence-number.json")["numbers"]:
        yield case["number"], evidence_number(bytes.fromhex(case["random"])) == case["number"]
        yield case["number"], loan_key(case["number"]).hex() == case["loanKey"]


def check_statements():
    for case in accepted("statement.json"):
        text = case["input"].encode()
        yield case["name"], hashlib.sha256(text).hexdigest() == case["sha256"]
        yield case["name"], jcs(json.loads(text)) == text


def check_commitments():
    vectors = load("commitment.json")
    for case in vectors["commitments"] + vectors["salts"]:
        key, seq = bytes.fromhex(case["loanSecret"]), case["seq"].to_bytes(8, "big")
        salt = hmac.digest(key, b"cunzheng/v1/salt\n" + seq, "sha256")
        yield f"salt {case['seq']}", salt.hex() == case["salt"]
        if "statement" in case:
            yield "commitment", commitment(salt, case["statement"]).hex() == case["commitment"]
    for case in vectors["contentKeys"]:
        message = b"cunzheng/v1/content-key\n" + bytes.fromhex(case["nonce"])
        key = hmac.digest(bytes.fromhex(case["loanSecret"]), message, "sha256")
        yield "content key", key.hex() == case["key"]


def check_entries():
    for case in accepted("entry.json"):
        yield case["name"], leaf_hash(case["input"]).hex() == case["leafHash"]
        yield case["name"], jcs(json.loads(case["input"])) == case["input"].encode()


def check_merkle():
    vectors = load("merkle.json")
    leaves = [leaf_hash(text) for text in vectors["data"]]
    yield "leaves", [leaf.hex() for leaf in leaves] == vectors["leafHashes"]
    for size, root in enumerate(vectors["roots"]):
        yield f"root {size}", tree_root(leaves[:size]).hex() == root
    for case in vectors["inclusion"]:
        proof = [bytes.fromhex(h) for h in case["proof"]]
        leaf, root = bytes.fromhex(case["leaf"]), bytes.fromhex(case["root"])
        yield case["name"], inclusion_ok(case["index"], case["size"], leaf, proof, root) == case["valid"]
    for case in vectors["consistency"]:
        proof = [bytes.fromhex(h) for h in case["proof"]]
        roots = bytes.fromhex(case["oldRoot"]), bytes.fromhex(case["newRoot"])
        found = consistency_ok(case["oldSize"], case["newSize"], proof, *roots)
        yield case["name"], found == case["valid"]


def check_tiles():
    for case in load("tile.json")["bundles"]:
        if case["valid"]:
            entries = [entry.encode() for entry in case["entries"]]
            bundle = b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)
            yield case["name"], bundle.hex() == case["bundle"]


def check_map():
    vectors = load("loan-map.json")
    leaves = [
        (sha256(bytes.fromhex(e["loanKey"])), map_value_hash(e["count"], bytes.fromhex(e["head"])))
        for e in vectors["map"]
    ]
    yield "root", map_root(leaves).hex() == vectors["root"]
    for case in vectors["cases"]:
        key, root = bytes.fromhex(case["loanKey"]), bytes.fromhex(case["root"])
        yield case["name"], map_ok(root, key, case["value"], case["proof"]) == case["valid"]


def check_notes():
    for case in load("note.json")["keys"]:
        if case["valid"]:
            name, key_id, key = case["input"].split("+", 2)
            data = base64.b64decode(key)
            yield case["name"], sha256(name.encode(), b"\n", data)[:4].hex() == key_id
            yield case["name"], data == b"\x01" + bytes.fromhex(case["publicKey"])
            fingerprint = case["fingerprint"].replace(" ", "")
            yield case["name"], sha256(data[1:]).hex() == fingerprint


def check_checkpoints():
    vectors = load("checkpoint.json")
    for case in vectors["logIds"]:
        yield "log id", sha256(b"cunzheng/v1/log\n", case["vkey"].encode()).hex() == case["logId"]
    for case in accepted("checkpoint.json"):
        wanted = (case["origin"], case["size"], bytes.fromhex(case["root"]))
        yield case["name"], checkpoint(case["input"]) == wanted


def check_receipts():
    for case in accepted("receipt.json"):
        receipt = json.loads(case["input"])
        yield case["name"], deposit_ok(receipt["statement"], receipt["salt"], receipt["entry"])
        header, origin, index, *rest = receipt["note"].split("\n\n")[0].split("\n")
        yield case["name"], origin == case["vkey"].split("+")[0]
        leaf = leaf_hash(receipt["entry"])
        if "path" in receipt:
            count, root = rest
            path = [base64.b64decode(h) for h in receipt["path"]]
            place = receipt["leafIndex"] - int(index)
            held = inclusion_ok(place, int(count), leaf, path, base64.b64decode(root))
            yield case["name"], header == "cunzheng/v1/receipts" and held
        else:
            signed = (header, int(index), base64.b64decode(rest[0]))
            yield case["name"], signed == ("cunzheng/v1/receipt", receipt["leafIndex"], leaf)


def check_proofs():
    for case in accepted("tlog-proof.json"):
        yield case["name"], tlog_proof_ok(case["input"], case["entry"])
    for case in accepted("proof-file.json"):
        proof = json.loads(case["input"])
        yield case["name"], deposit_ok(proof["statement"], proof["salt"], proof["entry"])
        yield case["name"], tlog_proof_ok(proof["tlogProof"], proof["entry"])


def completeness_ok(proof):
    map_entry = json.loads(proof["mapEntry"])
    _, size, _ = checkpoint(proof["mapTlogProof"].split("\n\n", 1)[1])
    index = int(proof["mapTlogProof"].split("\n")[1].removeprefix("index "))
    key = loan_key(proof["evidenceNo"])
    previous = ZEROS
    for seq, text in enumerate(proof["entries"]):
        entry = json.loads(text)
        if (entry["loan"], entry["seq"], entry["prev"]) != (key.hex(), seq, previous.hex()):
            return False
        previous = leaf_hash(text)
    count = len(proof["entries"])
    value = {"count": count, "head": previous.hex()} if count else None
    return (
        map_entry["type"] == "map"
        and map_entry["covers"] == index == size - 1
        and tlog_proof_ok(proof["mapTlogProof"], proof["mapEntry"])
        and map_ok(bytes.fromhex(map_entry["root"]), key, value, proof["mapProof"])
    )


def check_completeness():
    for case in accepted("completeness.json"):
        proof = json.loads(case["input"])
        yield case["name"], completeness_ok(proof) and len(proof["entries"]) == case["count"]
        if proof["entries"]:
            cut = {**proof, "entries": proof["entries"][:-1]}
            yield f"{case['name']}, last entry withheld", not completeness_ok(cut)


def stamped(checkpoint_text):
    text, signatures = checkpoint_text.rsplit("\n\n", 1)
    own = f"— {text.splitlines()[0]} "
    lines = [line for line in signatures.splitlines() if line.startswith(own)]
    return f"{text}\n\n" + "".join(f"{line}\n" for line in lines)


def check_timestamps():
    vectors = load("timestamp.json")
    for number, case in enumerate(vectors["stamped"]):
        yield f"stamped {number}", stamped(case["checkpoint"]) == case["stamped"]
    renewal = vectors["renewal"]
    archived = "cunzheng/v1/archived-timestamp\n" + jcs(renewal["evidence"]).decode()
    leaf = leaf_hash(archived)
    yield "archived", archived == renewal["archived"] and leaf.hex() == renewal["archivedLeaf"]
    root = bytes.fromhex(renewal["root"])
    path = [bytes.fromhex(h) for h in renewal["path"]]
    yield "newest first", path == [leaf_hash(stamped(renewal["checkpoint"]))]
    yield "path", inclusion_ok(renewal["index"], renewal["size"], leaf, path, root)
    statement = f"cunzheng/v1/timestamp-renewal\n{renewal['size']}\n{root.hex()}\n"
    yield "statement", statement == renewal["statement"]


CHECKS = [
    check_canonical,
    check_evidence_numbers,
    check_statements,
    check_commitments,
    check_entries,
    check_merkle,
    check_tiles,
    check_map,
    check_notes,
    check_checkpoints,
    check_receipts,
    check_proofs,
    check_completeness,
    check_timestamps,
]


def main():
    failed = 0
    for check in CHECKS:
        results = list(check())
        wrong = [name for name, good in results if not good]
        failed += len(wrong)
        print(f"{check.__name__}: {len(results) - len(wrong)} of {len(results)}")
        for name in wrong:
            print(f"  differs: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

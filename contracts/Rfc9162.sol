// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title Proof checking of RFC 9162 §2.1 with the SHA-256 precompile (address 2)
library Rfc9162 {
    /// @notice The chain answers for the SHA-256 precompile with something else than 32 bytes.
    error Rfc9162Sha256Unavailable();

    /// @dev SHA-256 of the empty string, the head of a tree without entries (RFC 9162 §2.1.1).
    bytes32 internal constant EMPTY_ROOT =
        0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    /// @dev RFC 9162 §2.1.3.2, in its words: fn and sn walk up from the leaf and the last leaf.
    function includes(
        bytes32 root,
        uint256 size,
        bytes32 leafHash,
        uint256 index,
        bytes32[] calldata proof
    ) internal view returns (bool) {
        if (index >= size) return false;
        uint256 fn = index;
        uint256 sn = size - 1;
        bytes32 r = leafHash;
        for (uint256 i = 0; i < proof.length; ++i) {
            if (sn == 0) return false;
            if (fn & 1 == 1 || fn == sn) {
                r = hashNode(proof[i], r);
                while (fn & 1 == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                r = hashNode(r, proof[i]);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && r == root;
    }

    /// @dev RFC 9162 §2.1.4.2. The RFC defines it for 0 < oldSize < newSize; the two borders are
    /// settled here: an empty tree precedes every tree, and a tree precedes itself, both without
    /// proof nodes.
    function extends(
        uint256 oldSize,
        uint256 newSize,
        bytes32 oldRoot,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) internal view returns (bool) {
        if (oldSize > newSize) return false;
        if (oldSize == newSize) return proof.length == 0 && oldRoot == newRoot;
        if (oldSize == 0) return proof.length == 0 && oldRoot == EMPTY_ROOT;
        return _extendsProper(oldSize, newSize, oldRoot, newRoot, proof);
    }

    function _extendsProper(
        uint256 oldSize,
        uint256 newSize,
        bytes32 oldRoot,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) private view returns (bool) {
        uint256 next = 0;
        bytes32 fr = oldRoot;
        // Step 2: an old tree that is a full subtree is its own first node; else the proof names it.
        if (oldSize & (oldSize - 1) != 0) {
            if (proof.length == 0) return false;
            fr = proof[0];
            next = 1;
        }
        uint256 fn = oldSize - 1;
        uint256 sn = newSize - 1;
        while (fn & 1 == 1) {
            fn >>= 1;
            sn >>= 1;
        }
        bytes32 sr = fr;
        for (; next < proof.length; ++next) {
            if (sn == 0) return false;
            bytes32 c = proof[next];
            if (fn & 1 == 1 || fn == sn) {
                fr = hashNode(c, fr);
                sr = hashNode(c, sr);
                while (fn & 1 == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                sr = hashNode(sr, c);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && fr == oldRoot && sr == newRoot;
    }

    /// @dev SHA-256(0x01 ‖ left ‖ right). Written for the precompile directly: `sha256` of the
    /// language copies through fresh memory on every call and costs about 30 % more in a proof.
    /// The output lands in scratch space and no memory is allocated.
    function hashNode(bytes32 left, bytes32 right) internal view returns (bytes32 node) {
        bool done;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore8(buffer, 1)
            mstore(add(buffer, 1), left)
            mstore(add(buffer, 33), right)
            done := staticcall(gas(), 2, buffer, 65, 0, 32)
            // An absent precompile answers "success" with no bytes.
            done := and(done, eq(returndatasize(), 32))
            node := mload(0)
        }
        if (!done) revert Rfc9162Sha256Unavailable();
    }
}

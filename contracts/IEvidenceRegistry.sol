// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title Registry of the heads of append-only evidence logs (RFC 9162 Merkle trees, SHA-256)
/// @notice Each log has one admin and at most one publisher. Only the publisher may move the log's
/// head, and only to a larger tree that a consistency proof shows to contain the earlier one. What
/// has been anchored cannot be changed or removed by anybody: there is no owner, no upgrade.
interface IEvidenceRegistry {
    /// @notice A root that was anchored, as it lies in one storage slot.
    /// @param size number of entries of the tree with this root; 0 means "never anchored"
    /// @param blockNumber block in which the root was anchored
    /// @param time timestamp of that block, in seconds since 1970-01-01 UTC
    struct Anchor {
        uint64 size;
        uint64 blockNumber;
        uint64 time;
    }

    /// @notice A log was opened; from here on its publisher may anchor.
    event LogRegistered(bytes32 indexed logId, address indexed admin, address indexed publisher);

    /// @notice The log's head moved from `oldSize` to `newSize` entries.
    event CheckpointAnchored(
        bytes32 indexed logId,
        bytes32 indexed root,
        uint64 oldSize,
        uint64 newSize
    );

    /// @notice A log id must not be zero.
    error EvidenceRegistryLogIdZero();

    /// @notice Admin and publisher must not be the zero address.
    error EvidenceRegistryAccountZero(bytes32 logId);

    /// @notice The log is already open; a registration cannot be repeated or taken over.
    error EvidenceRegistryLogExists(bytes32 logId);

    /// @notice `caller` is not the publisher of the log, or the log is not open.
    error EvidenceRegistryNotPublisher(bytes32 logId, address caller);

    /// @notice `caller` is not an admin of the log, or the log is not open.
    error EvidenceRegistryNotAdmin(bytes32 logId, address caller);

    /// @notice A log has one publisher at a time: revoke `holder` first, or rotate.
    error EvidenceRegistryPublisherSeatTaken(bytes32 role, address holder, address account);

    /// @notice A head must grow: `newSize` is not above `headSize`.
    error EvidenceRegistryNotGrowing(bytes32 logId, uint64 headSize, uint64 newSize);

    /// @notice The proof does not show that the new tree contains the anchored one.
    /// For a first head (`headSize` 0) the proof must be empty.
    error EvidenceRegistryInconsistent(bytes32 logId, uint64 headSize, uint64 newSize, bytes32 root);

    /// @notice Open a log. First come, first served: the id should be a digest of the log's key and
    /// name, so that taking somebody else's id gains nothing but the refusal of that id here.
    /// @param logId identifier of the log, not zero
    /// @param admin may replace the publisher and hand on its own role; can never anchor or rewrite
    /// @param publisher the one account that may move the head
    function registerLog(bytes32 logId, address admin, address publisher) external;

    /// @notice Replace the publisher in one step. Only an admin of the log.
    /// @dev `revokeRole` and `grantRole` of AccessControl do the same in two steps.
    function rotatePublisher(bytes32 logId, address newPublisher) external;

    /// @notice Move the head of a log. Only its publisher.
    /// @dev The first head is accepted as it is, at any size, with an empty proof: a log that moves
    /// here from another chain begins with its current head.
    /// @param newSize number of entries, above that of the present head
    /// @param newRoot RFC 9162 §2.1.1 tree head of these entries
    /// @param consistencyProof RFC 9162 §2.1.4.1 proof from the present head to the new one
    function anchor(
        bytes32 logId,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata consistencyProof
    ) external;

    /// @notice The latest anchored head; size 0 and root 0 when nothing is anchored yet.
    function head(bytes32 logId) external view returns (uint64 size, bytes32 root);

    /// @notice When and with which size `root` was anchored; all zero if never.
    function anchorOf(bytes32 logId, bytes32 root) external view returns (Anchor memory);

    /// @notice The present publisher of a log; zero if there is none.
    function publisherOf(bytes32 logId) external view returns (address);

    /// @notice AccessControl role whose only holder may anchor for the log.
    function publisherRole(bytes32 logId) external pure returns (bytes32);

    /// @notice AccessControl role that grants and revokes both roles of the log.
    function adminRole(bytes32 logId) external pure returns (bytes32);

    /// @notice Whether `leafHash` is entry `index` of the tree that was anchored as `root`.
    /// @dev Never reverts on a wrong proof; false also for a root that was never anchored.
    /// @param leafHash SHA-256(0x00 ‖ entry)
    /// @param proof RFC 9162 §2.1.3.1 inclusion path
    function verifyInclusion(
        bytes32 logId,
        bytes32 root,
        bytes32 leafHash,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice Whether the tree (`newSize`, `newRoot`) begins with all of (`oldSize`, `oldRoot`).
    /// @dev Pure arithmetic on its arguments (a view only because of the precompile); says nothing
    /// about what is anchored. An empty tree is a beginning of every tree.
    function verifyConsistency(
        uint64 oldSize,
        uint64 newSize,
        bytes32 oldRoot,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external view returns (bool);
}

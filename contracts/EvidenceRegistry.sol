// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IEvidenceRegistry} from "./IEvidenceRegistry.sol";
import {Rfc9162} from "./Rfc9162.sol";

/// @title EvidenceRegistry
/// @notice See IEvidenceRegistry. Nobody holds DEFAULT_ADMIN_ROLE and nobody can ever get it, so
/// no role exists that stands above a log's own admin.
contract EvidenceRegistry is IEvidenceRegistry, AccessControl {
    /// @dev Root of the present head; its size lies in the anchor under that root, which saves a
    /// second written slot on every anchor.
    mapping(bytes32 logId => bytes32 root) private _headRoot;

    mapping(bytes32 logId => mapping(bytes32 root => Anchor)) private _anchors;

    struct Seat {
        bool exists;
        address holder;
    }

    /// @dev The roles that only one account may hold at a time, with that account.
    mapping(bytes32 role => Seat) private _publisherSeats;

    /// @inheritdoc IEvidenceRegistry
    function registerLog(bytes32 logId, address admin, address publisher) external {
        if (logId == 0) revert EvidenceRegistryLogIdZero();
        if (admin == address(0) || publisher == address(0)) {
            revert EvidenceRegistryAccountZero(logId);
        }
        bytes32 ofPublisher = publisherRole(logId);
        bytes32 ofAdmin = adminRole(logId);
        if (_publisherSeats[ofPublisher].exists) revert EvidenceRegistryLogExists(logId);
        _publisherSeats[ofPublisher].exists = true;
        _setRoleAdmin(ofAdmin, ofAdmin);
        _setRoleAdmin(ofPublisher, ofAdmin);
        _grantRole(ofAdmin, admin);
        _grantRole(ofPublisher, publisher);
        emit LogRegistered(logId, admin, publisher);
    }

    /// @inheritdoc IEvidenceRegistry
    function rotatePublisher(bytes32 logId, address newPublisher) external {
        if (!hasRole(adminRole(logId), msg.sender)) {
            revert EvidenceRegistryNotAdmin(logId, msg.sender);
        }
        if (newPublisher == address(0)) revert EvidenceRegistryAccountZero(logId);
        bytes32 role = publisherRole(logId);
        _revokeRole(role, _publisherSeats[role].holder);
        _grantRole(role, newPublisher);
    }

    /// @inheritdoc IEvidenceRegistry
    function anchor(
        bytes32 logId,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata consistencyProof
    ) external {
        if (!hasRole(publisherRole(logId), msg.sender)) {
            revert EvidenceRegistryNotPublisher(logId, msg.sender);
        }
        bytes32 headRoot = _headRoot[logId];
        uint64 headSize = _anchors[logId][headRoot].size;
        if (newSize <= headSize) revert EvidenceRegistryNotGrowing(logId, headSize, newSize);
        bool consistent = headSize == 0
            ? consistencyProof.length == 0
            : Rfc9162.extends(headSize, newSize, headRoot, newRoot, consistencyProof);
        if (!consistent) revert EvidenceRegistryInconsistent(logId, headSize, newSize, newRoot);
        _headRoot[logId] = newRoot;
        _anchors[logId][newRoot] = Anchor({
            size: newSize,
            blockNumber: uint64(block.number),
            time: uint64(block.timestamp)
        });
        emit CheckpointAnchored(logId, newRoot, headSize, newSize);
    }

    /// @inheritdoc IEvidenceRegistry
    function head(bytes32 logId) external view returns (uint64 size, bytes32 root) {
        root = _headRoot[logId];
        size = _anchors[logId][root].size;
    }

    /// @inheritdoc IEvidenceRegistry
    function anchorOf(bytes32 logId, bytes32 root) external view returns (Anchor memory) {
        return _anchors[logId][root];
    }

    /// @inheritdoc IEvidenceRegistry
    function publisherOf(bytes32 logId) external view returns (address) {
        return _publisherSeats[publisherRole(logId)].holder;
    }

    /// @inheritdoc IEvidenceRegistry
    function verifyInclusion(
        bytes32 logId,
        bytes32 root,
        bytes32 leafHash,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return Rfc9162.includes(root, _anchors[logId][root].size, leafHash, index, proof);
    }

    /// @inheritdoc IEvidenceRegistry
    function verifyConsistency(
        uint64 oldSize,
        uint64 newSize,
        bytes32 oldRoot,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return Rfc9162.extends(oldSize, newSize, oldRoot, newRoot, proof);
    }

    /// @inheritdoc IEvidenceRegistry
    function publisherRole(bytes32 logId) public pure returns (bytes32) {
        return keccak256(abi.encode("cunzheng/publisher", logId));
    }

    /// @inheritdoc IEvidenceRegistry
    function adminRole(bytes32 logId) public pure returns (bytes32) {
        return keccak256(abi.encode("cunzheng/admin", logId));
    }

    /// @dev Every way to a role passes here, so a publisher's seat can never hold two accounts.
    function _grantRole(bytes32 role, address account) internal override returns (bool) {
        Seat storage seat = _publisherSeats[role];
        if (seat.exists) {
            if (seat.holder != address(0) && seat.holder != account) {
                revert EvidenceRegistryPublisherSeatTaken(role, seat.holder, account);
            }
            seat.holder = account;
        }
        return super._grantRole(role, account);
    }

    /// @dev Leaves the seat empty: until an admin grants it again, nobody can anchor for the log.
    function _revokeRole(bytes32 role, address account) internal override returns (bool) {
        bool revoked = super._revokeRole(role, account);
        if (revoked && _publisherSeats[role].exists) delete _publisherSeats[role].holder;
        return revoked;
    }
}

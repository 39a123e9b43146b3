// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// @title The scheme that one transaction per hash would need; deployed by the gas benchmark only
contract HashPerItemBaseline {
    event HashStored(bytes32 indexed digest, address indexed sender);

    error HashPerItemBaselineExists(bytes32 digest, uint256 time);

    mapping(bytes32 digest => uint256 time) public storedAt;

    /// @notice Store one digest with the block's time.
    function store(bytes32 digest) external {
        if (storedAt[digest] != 0) revert HashPerItemBaselineExists(digest, storedAt[digest]);
        storedAt[digest] = block.timestamp;
        emit HashStored(digest, msg.sender);
    }
}

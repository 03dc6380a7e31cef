// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

// What every one of them begins with: all of it belongs to whoever puts it on the chain.
uint256 constant UNITS = 10 ** 12;

/// A token by the book, with as many decimals as it is told to have.
contract Dollar is ERC20 {
    uint8 private immutable _decimals;

    constructor(uint8 decimals_) ERC20("USD Coin", "USDC") {
        _decimals = decimals_;
        _mint(msg.sender, UNITS * 10 ** decimals_);
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}

/// transfer() answers nothing at all, as Tether's on Ethereum does.
contract Mute {
    event Transfer(address indexed from, address indexed to, uint256 value);

    uint8 public immutable decimals;
    mapping(address => uint256) public balanceOf;

    constructor(uint8 decimals_) {
        decimals = decimals_;
        balanceOf[msg.sender] = UNITS * 10 ** decimals_;
    }

    function transfer(address to, uint256 value) external {
        require(balanceOf[msg.sender] >= value, "too little");
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
    }
}

/// Keeps one part in a hundred of each transfer, and says so in a second Transfer.
contract Toll is ERC20 {
    address private constant COLLECTOR = 0x00000000000000000000000000000000000c0113;
    uint8 private immutable _decimals;

    constructor(uint8 decimals_) ERC20("Toll", "TOLL") {
        _decimals = decimals_;
        _mint(msg.sender, UNITS * 10 ** decimals_);
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function _update(address from, address to, uint256 value) internal override {
        uint256 toll = from == address(0) ? 0 : value / 100;
        super._update(from, to, value - toll);
        if (toll > 0) super._update(from, COLLECTOR, toll);
    }
}

/// Delivers half of what its Transfer says.
contract Liar {
    event Transfer(address indexed from, address indexed to, uint256 value);

    mapping(address => uint256) public balanceOf;

    constructor(uint8 decimals_) {
        balanceOf[msg.sender] = UNITS * 10 ** decimals_;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value / 2;
        emit Transfer(msg.sender, to, value);
        return true;
    }
}

/// Answers false and moves nothing, without undoing the transaction, unless its maker pays.
contract Shrug {
    event Transfer(address indexed from, address indexed to, uint256 value);

    address private immutable _maker;
    mapping(address => uint256) public balanceOf;

    constructor(uint8 decimals_) {
        _maker = msg.sender;
        balanceOf[msg.sender] = UNITS * 10 ** decimals_;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        if (msg.sender != _maker) return false;
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
        return true;
    }
}

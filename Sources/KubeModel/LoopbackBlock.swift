// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The addresses of one lab: a /16 of 127.0.0.0/8, so that labs on one machine never meet.
///
///     127.B.0.1             API server and metrics server
///     127.B.0.10 …          node 0, 1, … (kubelet on 10250)
///     127.B.1.1 … 199.254   pods: node n hands out from 127.B.(n+1).0/24, modulo 199
///     127.B.200.1 … 254.254 cluster IPs of Services
package struct LoopbackBlock: Sendable, Hashable {
    /// 1 … 254.
    package var block: UInt8

    package init(_ block: UInt8) { self.block = block }

    package func address(_ third: Int, _ fourth: Int) -> String { "127.\(block).\(third).\(fourth)" }
    package var server: String { address(0, 1) }
    package func node(_ index: Int) -> String { address(0, 10 + index) }
    package func podCIDR(node index: Int) -> String { "\(address(index % 199 + 1, 0))/24" }
    package var serviceCIDR: String { "\(address(200, 0))/16" }

    /// Whether `address` is one of the block's.
    package func contains(_ address: String) -> Bool { address.hasPrefix("127.\(block).") }
}

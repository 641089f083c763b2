// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import KubeModel
import Synchronization

/// The one place that reads the time of day; it is passed on as a closure.
enum WallClock {
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }
}

/// An error kept for later.
final class FailureBox: Sendable {
    private let value = Mutex<(any Error)?>(nil)

    var error: (any Error)? {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}

enum FreePort {
    /// A port of 127.0.0.1 that nobody listens on now.
    static func find() throws -> Int {
        guard let port = bind(0) else { throw CommandFailure(.failed, "no free port on 127.0.0.1: \(String(cString: strerror(errno)))") }
        return port
    }

    /// Whether one could listen there now.
    static func isFree(_ port: Int) -> Bool { bind(UInt16(clamping: port)) != nil }

    /// The port that was had, and is given back; nil where none was.
    private static func bind(_ port: UInt16) -> Int? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // What a listener that has ended leaves behind does not count.
        var yes: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                Glibc.bind(descriptor, raw, length) == 0 && getsockname(descriptor, raw, &length) == 0
            }
        }
        return isBound ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }
}

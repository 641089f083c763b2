// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// How a process mounts that is not root's: in a user namespace, where it is the only user.
enum UserNamespace {
    static let isNeeded = getuid() != 0

    /// Why there can't be any; nil where there can.
    static let problem: String? = {
        guard isNeeded else { return nil }
        let settings: [(path: String, forbids: (String) -> Bool)] = [
            ("/proc/sys/user/max_user_namespaces", { $0 == "0" }), ("/proc/sys/kernel/unprivileged_userns_clone", { $0 == "0" }),
            ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", { $0 == "1" }),
        ]
        for (path, forbids) in settings {
            let value = KernelFile.read(path)?.trimmingWhitespace ?? ""
            if forbids(value) { return "user namespaces are off (\(path) is \(value))" }
        }
        // A container runtime or a security module may forbid what the kernel would allow.
        let refusal = updraft_try_user_namespace()
        return refusal == 0 ? nil : "user namespaces are refused (\(String(cString: strerror(refusal)))), perhaps by the container this runs in"
    }()

    /// What comes before a mount namespace. It keeps its user and group; other groups are not to be had there.
    static var steps: [LaunchStep] {
        guard isNeeded else { return [] }
        return [
            .unshareUser, .write("deny", to: "/proc/self/setgroups"), .write("\(getuid()) \(getuid()) 1", to: "/proc/self/uid_map"),
            .write("\(getgid()) \(getgid()) 1", to: "/proc/self/gid_map"),
        ]
    }
}

extension String {
    fileprivate var trimmingWhitespace: String { String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()) }
}

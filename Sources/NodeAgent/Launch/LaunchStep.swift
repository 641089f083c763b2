// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CLinux

/// What a child does, in order, before it becomes the container's program. Paths are absolute.
enum LaunchStep: Sendable, Hashable {
    /// From here on it may mount without being root, and is who it was otherwise.
    case unshareUser
    /// From here on mounts are seen by this process and its children only.
    case unshareMounts
    case bind(from: String, to: String)
    /// Makes an existing bind mount read-only.
    case makeReadOnly(String)
    case mount(type: String, at: String, data: String)
    case makeDirectory(String)
    case makeFile(String)
    case makeLink(String, to: String)
    /// Holds on to a directory that is about to be covered; reachable as `/proc/self/fd/NUMBER`.
    case hold(String, descriptor: Int32)
    case write(String, to: String)
    case changeRoot(String)
    case changeDirectory(String)

    /// What the step was for, where it fails.
    var purpose: String {
        switch self {
        case .unshareUser: "making a user namespace"
        case .unshareMounts: "making a mount namespace"
        case .bind(let source, let target): "mounting \(source) at \(target)"
        case .makeReadOnly(let path): "making \(path) read-only"
        case .mount(let type, let path, _): "mounting a \(type) at \(path)"
        case .makeDirectory(let path): "making the mount point \(path)"
        case .makeFile(let path): "making the mount point \(path)"
        case .makeLink(let path, _): "making the link \(path)"
        case .hold(let path, _): "opening \(path)"
        case .write(_, let path): "writing \(path)"
        case .changeRoot(let path): "changing the root to \(path)"
        case .changeDirectory(let path): "changing to the working directory \(path)"
        }
    }
}

extension LaunchStep {
    private struct Fields {
        var kind: updraft_step_kind
        var flags: Int = 0
        var texts: [String?] = []
    }

    private var fields: Fields {
        switch self {
        case .unshareUser: Fields(kind: UPDRAFT_STEP_UNSHARE_USER)
        case .unshareMounts: Fields(kind: UPDRAFT_STEP_UNSHARE_MOUNTS)
        case .bind(let source, let target):
            Fields(kind: UPDRAFT_STEP_MOUNT, flags: UPDRAFT_MS_BIND | UPDRAFT_MS_REC, texts: [source, target])
        case .makeReadOnly(let path):
            Fields(
                kind: UPDRAFT_STEP_MOUNT, flags: UPDRAFT_MS_BIND | UPDRAFT_MS_REMOUNT | UPDRAFT_MS_RDONLY,
                texts: ["none", path])
        case .mount(let type, let path, let data): Fields(kind: UPDRAFT_STEP_MOUNT, texts: [type, path, type, data])
        case .makeDirectory(let path): Fields(kind: UPDRAFT_STEP_MKDIR, flags: 0o755, texts: [path])
        case .makeFile(let path): Fields(kind: UPDRAFT_STEP_FILE, texts: [path])
        case .makeLink(let path, let target): Fields(kind: UPDRAFT_STEP_SYMLINK, texts: [target, path])
        case .hold(let path, let descriptor): Fields(kind: UPDRAFT_STEP_OPEN, flags: Int(descriptor), texts: [path])
        case .write(let text, let path): Fields(kind: UPDRAFT_STEP_WRITE, texts: [path, text])
        case .changeRoot(let path): Fields(kind: UPDRAFT_STEP_CHROOT, texts: [path])
        case .changeDirectory(let path): Fields(kind: UPDRAFT_STEP_CHDIR, texts: [path])
        }
    }

    /// The step as C has it; its texts live as long as `arena`.
    func lowered(into arena: inout CTextArena) -> updraft_step {
        let fields = fields
        func text(_ index: Int) -> UnsafePointer<CChar>? {
            guard index < fields.texts.count, let text = fields.texts[index] else { return nil }
            return UnsafePointer(arena.copy(text))
        }
        return updraft_step(
            kind: Int32(fields.kind.rawValue), is_optional: 0, flags: UInt(bitPattern: fields.flags), a: text(0), b: text(1), c: text(2), d: text(3))
    }
}

/// C texts that are freed together.
struct CTextArena: ~Copyable {
    private var texts: [UnsafeMutablePointer<CChar>] = []

    mutating func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
        let bytes = Array(text.utf8CString)
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        copy.initialize(from: bytes, count: bytes.count)
        texts.append(copy)
        return copy
    }

    /// The texts and the null that ends them.
    mutating func vector(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var vector: [UnsafeMutablePointer<CChar>?] = []
        for text in texts { vector.append(copy(text)) }
        vector.append(nil)
        return vector
    }

    deinit { for text in texts { text.deallocate() } }
}

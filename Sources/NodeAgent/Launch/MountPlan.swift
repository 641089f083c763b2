// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// By which steps a container's volumes appear at its paths, in a mount namespace of its own.
///
/// A path that the host does not have is made without leaving it there: in an overlay over the nearest folder that exists,
/// or, where overlays are not to be had, in an empty folder in which everything of that one is mounted again. The root folder
/// cannot be covered; for a path in it the container gets a root of its own.
struct MountPlan: Sendable {
    struct Mount: Sendable, Hashable {
        /// A file or folder of the host.
        var source: String
        /// Absolute, as the container sees it.
        var target: String
        var isReadOnly: Bool
    }

    /// An empty folder for the covers' layers.
    let scratch: String
    /// The same from within, where a mount may hide it.
    private(set) var reachableScratch: String
    let usesOverlays: Bool
    private let host: any HostFiles
    private(set) var steps: [LaunchStep] = []
    /// What has to exist before the steps are run.
    private(set) var folders: [String] = []
    private var covers: [Cover] = []
    /// The launch's own descriptors are below.
    private var nextDescriptor: Int32 = 10

    private struct Cover {
        var folder: String
        /// Everything below is part of it, but for these, which are the host's again. nil: nothing below is.
        var submounts: [String]?

        func includes(_ path: String) -> Bool {
            if path == folder { return true }
            guard let submounts, path.isBelow(folder) else { return false }
            return !submounts.contains { path == $0 || path.isBelow($0) }
        }
    }

    /// - Throws: `NodeAgentError` for a mount that cannot be made.
    init(_ mounts: [Mount], scratch: String, usesOverlays: Bool, host: any HostFiles = LinuxFiles()) throws(NodeAgentError) {
        self.scratch = scratch
        reachableScratch = scratch
        self.usesOverlays = usesOverlays
        self.host = host
        guard !mounts.isEmpty else { return }
        steps = UserNamespace.steps + [.unshareMounts]
        reachableScratch = holdIfHidden(scratch, by: mounts)
        var places: [(mount: Held, place: Place)] = []
        for mount in mounts { places.append((try hold(mount), try place(of: mount.target))) }
        // Outer paths first, so that none hides another that is mounted already.
        places.sort { ($0.place.path.depth, $0.place.path) < ($1.place.path.depth, $1.place.path) }
        if places.contains(where: { $0.place.parent == "/" && !$0.place.missing.isEmpty }) { enterRootOfItsOwn() }
        // All covers before anything is mounted: one that came later would hide what is.
        for (_, place) in places where !place.missing.isEmpty {
            let isInVolume = places.contains { place.path.isBelow($0.place.path) }
            if !isInVolume, !covers.contains(where: { $0.includes(place.parent) }) { cover(place.parent) }
        }
        for (mount, place) in places { add(mount, at: place) }
        // At last, since mount points may have to be made in what will be read-only.
        for (mount, place) in places where mount.isReadOnly { steps.append(.makeReadOnly(place.path)) }
    }

    /// Where a path of the host is found once everything is mounted.
    mutating func holdIfHidden(_ path: String, by mounts: [Mount]) -> String {
        guard mounts.contains(where: { path == $0.target || path.isBelow($0.target) }) else { return path }
        // Before anything is mounted, but after the namespace is made.
        steps.insert(.hold(path, descriptor: nextDescriptor), at: UserNamespace.steps.count + 1)
        defer { nextDescriptor += 1 }
        return "/proc/self/fd/\(nextDescriptor)"
    }

    private struct Held {
        var source: String
        var kind: HostFileKind
        var isReadOnly: Bool
    }

    /// Where a path leads on the host.
    private struct Place {
        /// The deepest folder on the way that exists, without links.
        var parent: String
        /// What is missing below it, in order.
        var missing: [String]
        var path: String { missing.isEmpty ? parent : (parent == "/" ? "" : parent) + "/" + missing.joined(separator: "/") }
    }

    private func place(of target: String) throws(NodeAgentError) -> Place {
        var parts = target.split(separator: "/").map(String.init)
        guard target.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."), !parts.contains(".") else {
            throw NodeAgentError(.volume, "nothing can be mounted at \(target)")
        }
        var missing: [String] = []
        while true {
            if let real = host.realPath("/" + parts.joined(separator: "/")) { return Place(parent: real, missing: missing) }
            missing.insert(parts.removeLast(), at: 0)
        }
    }

    /// A source may lie in a folder that will be covered: its own place is held on to first.
    private mutating func hold(_ mount: Mount) throws(NodeAgentError) -> Held {
        guard let kind = host.kind(mount.source) else { throw NodeAgentError(.volume, "nothing is at \(mount.source) to mount at \(mount.target)") }
        steps.append(.hold(mount.source, descriptor: nextDescriptor))
        defer { nextDescriptor += 1 }
        return Held(source: "/proc/self/fd/\(nextDescriptor)", kind: kind, isReadOnly: mount.isReadOnly)
    }

    private mutating func add(_ mount: Held, at place: Place) {
        if !place.missing.isEmpty { makeMountPoint(place, isFolder: mount.kind == .folder) }
        steps.append(.bind(from: mount.source, to: place.path))
    }

    private mutating func makeMountPoint(_ place: Place, isFolder: Bool) {
        var path = place.parent == "/" ? "" : place.parent
        for (index, part) in place.missing.enumerated() {
            path += "/" + part
            steps.append(isFolder || index < place.missing.count - 1 ? .makeDirectory(path) : .makeFile(path))
        }
    }

    private mutating func cover(_ folder: String) {
        let layer = "\(reachableScratch)/\(covers.count)"
        // The options are separated by commas and colons.
        let isNameable = !(folder + layer).contains { ",:\\".contains($0) }
        if usesOverlays, isNameable {
            let submounts = host.mountPoints(below: folder)
            folders += ["\(scratch)/\(covers.count)/upper", "\(scratch)/\(covers.count)/work"]
            steps.append(.hold(folder, descriptor: nextDescriptor))
            steps.append(.mount(type: "overlay", at: folder, data: "lowerdir=\(folder),upperdir=\(layer)/upper,workdir=\(layer)/work"))
            // An overlay shows what lies under the mounts in the folder; they are put back from before.
            for submount in submounts {
                steps.append(.bind(from: "/proc/self/fd/\(nextDescriptor)\(submount.dropFirst(folder.count))", to: submount))
            }
            nextDescriptor += 1
            covers.append(Cover(folder: folder, submounts: submounts))
        } else {
            fill("\(covers.count)", with: folder)
            steps.append(.bind(from: layer, to: folder))
            covers.append(Cover(folder: folder, submounts: nil))
        }
    }

    private mutating func enterRootOfItsOwn() {
        fill("root", with: "/")
        steps.append(.changeRoot(reachableScratch + "/root"))
        covers.append(Cover(folder: "/", submounts: nil))
    }

    /// An empty folder in memory, with everything of another mounted in it.
    private mutating func fill(_ name: String, with folder: String) {
        folders.append("\(scratch)/\(name)")
        let layer = "\(reachableScratch)/\(name)"
        steps.append(.mount(type: "tmpfs", at: layer, data: "mode=0755"))
        for name in host.entries(folder) {
            let source = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
            let target = "\(layer)/\(name)"
            if let link = host.link(source) {
                steps.append(.makeLink(target, to: link))
            } else if let kind = host.kind(source) {
                steps += [kind == .folder ? .makeDirectory(target) : .makeFile(target), .bind(from: source, to: target)]
            }
        }
    }
}

extension String {
    fileprivate var depth: Int { utf8.reduce(0) { $0 + ($1 == UInt8(ascii: "/") ? 1 : 0) } }
    fileprivate func isBelow(_ folder: String) -> Bool { folder == "/" ? count > 1 : hasPrefix(folder + "/") }
}

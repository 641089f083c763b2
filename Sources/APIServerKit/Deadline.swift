// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A deadline that is moved with each request but costs a timer only when one runs out: the timer, when it fires too early,
/// is set again for the rest.
struct Deadline {
    private final class Storage {
        var end: NIODeadline?
        var timer: Scheduled<Void>?
        var timerEnd = NIODeadline.distantFuture
    }

    private let storage = Storage()

    var isSet: Bool { storage.end != nil }

    func clear() { storage.end = nil }

    func cancel() {
        storage.end = nil
        storage.timer?.cancel()
        storage.timer = nil
    }

    func set(after amount: TimeAmount, on eventLoop: any EventLoop, _ expire: @escaping () -> Void) {
        let end = NIODeadline.now() + amount
        storage.end = end
        if storage.timer != nil, storage.timerEnd <= end { return }
        storage.timer?.cancel()
        Self.schedule(end, eventLoop, storage, expire)
    }

    private static func schedule(_ end: NIODeadline, _ eventLoop: any EventLoop, _ storage: Storage, _ expire: @escaping () -> Void) {
        let bound = NIOLoopBound((storage, expire), eventLoop: eventLoop)
        storage.timerEnd = end
        storage.timer = eventLoop.scheduleTask(deadline: end) {
            let (storage, expire) = bound.value
            storage.timer = nil
            guard let end = storage.end else { return }
            if end <= .now() { expire() } else { schedule(end, eventLoop, storage, expire) }
        }
    }
}

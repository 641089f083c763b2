// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

enum TerminationSignal {
    /// Until SIGTERM or SIGINT arrives.
    static func wait() async {
        let queue = DispatchQueue(label: "signals")
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        let (signals, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingOldest(1))
        for source in sources {
            source.setEventHandler { continuation.yield() }
            source.resume()
        }
        for await _ in signals { break }
        for source in sources { source.cancel() }
    }
}

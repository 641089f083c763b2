// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import NIOCore
import NIOHTTP1

/// What all connections share: the pages that wait for their work, and the counts for `/metrics`. Lives on one event loop.
final class PodinfoSite {
    static let version = "0.0.1"
    /// Far above what a load's connections can ask for; beyond it a page is refused instead of queued.
    static let maximumQueue = 16_384

    private let hostname: String
    private let verbosity: Int
    private let loop: any EventLoop
    private let work = FixedWork()
    private var queue = CircularBuffer<(String) -> Void>()
    private var isWorking = false
    private var counts: [UInt: UInt64] = [:]
    private var durations = RequestDurations()

    init(hostname: String, verbosity: Int, loop: any EventLoop) {
        self.hostname = hostname
        self.verbosity = verbosity
        self.loop = loop
    }

    struct Page {
        var status: HTTPResponseStatus
        var contentType: String
        var body: String
    }

    /// Answers now what is cheap, and pages in their turn.
    func answer(_ path: String, _ reply: @escaping (Page) -> Void) {
        let began = NIODeadline.now()
        let finish: (Page) -> Void = { [self] page in
            counts[page.status.code, default: 0] += 1
            durations.add(NIODeadline.now() - began)
            if verbosity >= 3 { PodinfoServer.report("\(path) \(page.status.code)") }
            reply(page)
        }
        switch path {
        case "/healthz", "/readyz": finish(Page(status: .ok, contentType: "text/plain; charset=utf-8", body: "OK\n"))
        case "/version":
            finish(Page(status: .ok, contentType: "application/json", body: "{\"version\":\"\(Self.version)\",\"commit\":\"updraft\"}\n"))
        case "/metrics": finish(Page(status: .ok, contentType: ExpositionWriter.contentType, body: metrics()))
        case "/", "/index.html":
            guard queue.count < Self.maximumQueue else {
                finish(Page(status: .serviceUnavailable, contentType: "text/plain; charset=utf-8", body: "too many requests wait\n"))
                return
            }
            queue.append { [self] digest in
                let body = "<!DOCTYPE html><title>podinfo</title><p>podinfo \(Self.version) on \(hostname)<p>\(digest)\n"
                finish(Page(status: .ok, contentType: "text/html; charset=utf-8", body: body))
            }
            workOn()
        default: finish(Page(status: .notFound, contentType: "text/plain; charset=utf-8", body: "404 page not found\n"))
        }
    }

    /// One page, then back to the loop for what arrived meanwhile.
    ///
    /// By a timer: the loop runs all tasks there are, those that tasks add too, before it looks at its sockets again, so a
    /// chain of plain tasks would keep probes waiting until the last page is done. A timer that lies ahead lets it look.
    private func workOn() {
        guard !isWorking, !queue.isEmpty else { return }
        isWorking = true
        loop.assumeIsolated().scheduleTask(in: .microseconds(20)) { [self] in
            isWorking = false
            if let page = queue.popFirst() { page(work.run()) }
            workOn()
        }
    }

    private func metrics() -> String {
        var writer = ExpositionWriter()
        writer.family("http_requests_total", .counter, help: "Requests answered, by status.")
        for (status, count) in counts.sorted(by: { $0.key < $1.key }) {
            writer.sample("http_requests_total", ["status": "\(status)"], integer: count)
        }
        durations.write(to: &writer)
        writer.family("podinfo_queued_pages", .gauge, help: "Pages that wait for their work.")
        writer.sample("podinfo_queued_pages", integer: UInt64(queue.count))
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// The histogram of time from a request to its answer.
struct RequestDurations {
    private static let bounds: [Double] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]
    private var buckets = [UInt64](repeating: 0, count: bounds.count)
    private var count: UInt64 = 0
    private var sum: Double = 0

    mutating func add(_ duration: TimeAmount) {
        let seconds = Double(duration.nanoseconds) / 1e9
        count += 1
        sum += seconds
        if let index = Self.bounds.firstIndex(where: { seconds <= $0 }) { buckets[index] += 1 }
    }

    func write(to writer: inout ExpositionWriter) {
        writer.family("http_request_duration_seconds", .histogram, help: "Seconds from a request to its answer.")
        var total: UInt64 = 0
        for (bound, bucket) in zip(Self.bounds, buckets) {
            total += bucket
            writer.sample("http_request_duration_seconds_bucket", ["le": "\(bound)"], integer: total)
        }
        writer.sample("http_request_duration_seconds_bucket", ["le": "+Inf"], integer: count)
        writer.sample("http_request_duration_seconds_sum", [:], sum)
        writer.sample("http_request_duration_seconds_count", integer: count)
    }
}

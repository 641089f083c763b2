// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import MetricsAPI

@Suite("A kubelet's answer, byte by byte")
struct KubeletResponseReaderTests {
    private struct Read {
        var body = ""
        var isComplete = false
        var keepsConnection = true
        var failure: KubeletFailure?
        var left = 0
    }

    /// - Parameter step: How many bytes come at once.
    private static func read(_ text: String, step: Int = .max) -> Read {
        var reader = KubeletResponseReader()
        var body = ByteBuffer()
        var read = Read()
        var rest = ByteBuffer(string: text)
        do throws(KubeletFailure) {
            while !read.isComplete, let part = rest.readSlice(length: min(step, rest.readableBytes)), part.readableBytes > 0 {
                var part = part
                read.isComplete = try reader.read(&part, &body)
                read.left = part.readableBytes
            }
        } catch { read.failure = error }
        if !read.isComplete { read.isComplete = reader.isCompleteAtEnd }
        read.keepsConnection = reader.keepsConnection
        read.body = String(buffer: body)
        return read
    }

    @Test(
        "is understood however it is cut",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", true),
            ("HTTP/1.1 200\r\nCONTENT-LENGTH:5 \r\ncontent-length: 5\r\n\r\nhello", "hello", true),
            ("HTTP/1.1 200 OK\nTransfer-Encoding: Chunked\n\n3\nhel\n2;a=b\nlo\n0\n\n", "hello", true),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n5\r\nhello\r\n00\r\nX: y\r\n\r\n", "hello", true),
            ("HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", true),
            ("HTTP/1.1 200 OK\r\nConnection: keep-alive, Close\r\nContent-Length: 5\r\n\r\nhello", "hello", false),
            ("HTTP/1.0 200 OK\r\nContent-Encoding: identity\r\n\r\nhello", "hello", false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true),
        ])
    func understood(text: String, body: String, keeps: Bool) {
        for step in [1, 2, 3, 7, Int.max] {
            let read = Self.read(text, step: step)
            #expect(read.failure == nil && read.isComplete && read.body == body && read.keepsConnection == keeps && read.left == 0, "\(step): \(read)")
        }
    }

    @Test(
        "is refused for what no kubelet sends",
        arguments: [
            ("\u{16}\u{3}\u{1}\u{2}\u{0}garbage\n", "instead of an HTTP/1.1 status"),
            ("HTTP/2 200 OK\r\n\r\n", "instead of an HTTP/1.1 status"),
            ("HTTP/1.1 2x0 OK\r\n\r\n", "no number"),
            ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "a header that is none"),
            ("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "a header that is none"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "a length that is none"),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "a length that is none"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "a length that is none"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n", "more than 16 MiB"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "both a length and chunks"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "other than chunked"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "a chunk without a size"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\n", "a chunk without a size"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n", "does not end where it says"),
            ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", "a compressed body"),
            ("HTTP/1.1 101 Switching\r\n\r\n", "another protocol"),
            ("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 20000))", "a head of more than 16 KiB"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;\(String(repeating: "x", count: 300))\r\n", "head of more"),
            (String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 1000), "a head of more than 16 KiB"),
            ("HTTP/1.1 302 Found\r\nLocation: https://elsewhere/\r\nContent-Length: 0\r\n\r\n", "redirects are not followed"),
            ("HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nForbidden", "answers 403: Forbidden; the metrics server's user needs get on nodes/metrics"),
            ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "answers 401; it accepts neither"),
            ("HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\n\u{1B}[31mred\n", "answers 500: .[31mred"),
        ])
    func refused(text: String, reason: String) {
        for step in [1, Int.max] {
            let read = Self.read(text, step: step)
            #expect(read.failure?.message.contains(reason) == true, "\(step): \(read)")
        }
    }

    @Test("a long refusal is shown by its beginning")
    func longRefusal() {
        let read = Self.read("HTTP/1.1 503 Unavailable\r\n\r\n" + String(repeating: "x", count: 100_000), step: 1000)
        #expect(read.failure?.message == "answers 503: " + String(repeating: "x", count: 200))
    }

    @Test("chunks without an end are ended at the limit")
    func endless() {
        var reader = KubeletResponseReader()
        var body = ByteBuffer()
        var head = ByteBuffer(string: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(throws: KubeletFailure.self) {
            _ = try reader.read(&head, &body)
            while true {
                var chunk = ByteBuffer(string: "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n")
                _ = try reader.read(&chunk, &body)
            }
        }
        #expect(body.readableBytes <= KubeletResponseReader.longestBody)
    }

    @Test("an answer that is cut off is not taken for a whole one", arguments: ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "HTTP/1.1 200"])
    func cut(text: String) {
        #expect(!Self.read(text).isComplete)
    }
}

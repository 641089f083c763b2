// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Reads one HTTP/1.1 answer as its bytes come, and keeps no more of it than its body.
///
/// Made for one peer and one question, so it refuses what a kubelet has no reason to send: encodings that were not asked for,
/// two lengths, lines that go on below, heads and bodies beyond their limits.
/// - Source: RFC 9112
struct KubeletResponseReader {
    /// A node that tells more is lying.
    static let longestBody = 16 << 20
    static let longestHead = 16 << 10
    private static let longestChunkLine = 256
    /// Of the body of a refusal, as much as an error shows.
    private static let shownRefusal = 200

    private enum State {
        case statusLine, headers
        case body(left: Int), chunkSize, chunk(left: Int), chunkEnd, trailers, untilEnd
        case done
    }

    private var state = State.statusLine
    /// The line that is being read, without its end.
    private var line: [UInt8] = []
    private var headCount = 0
    private var length: Int?
    private var isChunked = false
    private(set) var status = 0
    /// Whether another question may follow on the connection.
    private(set) var keepsConnection = true
    private(set) var hasBegun = false

    init() {}

    /// Takes what came; `body` grows by what of it is the answer's body.
    ///
    /// - Returns: Whether the answer is complete; bytes beyond its end are left in `bytes`.
    mutating func read(_ bytes: inout ByteBuffer, _ body: inout ByteBuffer) throws(KubeletFailure) -> Bool {
        while bytes.readableBytes > 0 {
            hasBegun = true
            switch state {
            case .done: return true
            case .body(let left): if try take(&bytes, left, &body) { state = .done }
            case .chunk(let left): if try take(&bytes, left, &body) { state = .chunkEnd }
            case .untilEnd: _ = try take(&bytes, .max, &body)
            default:
                guard try takeLine(&bytes) else { continue }
                try readLine()
                line.removeAll(keepingCapacity: true)
            }
            try refuse(body)
        }
        if case .done = state { return true }
        return false
    }

    /// Whether the answer is complete once the connection has ended.
    var isCompleteAtEnd: Bool {
        switch state {
        case .done, .untilEnd: true
        default: false
        }
    }

    // MARK: Bodies

    /// - Returns: Whether all of `left` was there.
    private mutating func take(_ bytes: inout ByteBuffer, _ left: Int, _ body: inout ByteBuffer) throws(KubeletFailure) -> Bool {
        let count = min(left, bytes.readableBytes)
        guard body.readableBytes + count <= Self.longestBody else { throw Self.tooLong }
        if var part = bytes.readSlice(length: count) { body.writeBuffer(&part) }
        switch state {
        case .body: state = .body(left: left - count)
        case .chunk: state = .chunk(left: left - count)
        default: break
        }
        return count == left
    }

    private static let tooLong = KubeletFailure(.response, "answers with more than \(longestBody >> 20) MiB")

    /// Ends the reading of an answer other than 200 once enough of it is there to show.
    private func refuse(_ body: ByteBuffer) throws(KubeletFailure) {
        guard status >= 200, status != 200 else { return }
        switch state {
        case .done: break
        case .statusLine, .headers: return
        default: guard body.readableBytes >= Self.shownRefusal else { return }
        }
        throw refusal(body)
    }

    /// For an answer other than 200.
    func refusal(_ body: ByteBuffer) -> KubeletFailure {
        let text = PrintableText.beginning(of: body, Self.shownRefusal)
        let told = text.isEmpty ? "" : ": \(text)"
        switch status {
        case 401:
            return KubeletFailure(
                .forbidden, "answers 401\(told); it accepts neither the token nor the client certificate (its --authentication-token-webhook, --client-ca-file)")
        case 403:
            return KubeletFailure(.forbidden, "answers 403\(told); the metrics server's user needs get on nodes/metrics (ClusterRole system:metrics-server)")
        case 404: return KubeletFailure(.missing, "answers 404\(told)")
        case 300..<400: return KubeletFailure(.status, "answers \(status), and redirects are not followed\(told)")
        default: return KubeletFailure(.status, "answers \(status)\(told)")
        }
    }

    // MARK: Lines

    /// - Returns: Whether the line is complete.
    private mutating func takeLine(_ bytes: inout ByteBuffer) throws(KubeletFailure) -> Bool {
        let view = bytes.readableBytesView
        let end = view.firstIndex(of: UInt8(ascii: "\n"))
        let count = end.map { view.distance(from: view.startIndex, to: $0) } ?? view.count
        let limit: Int
        switch state {
        case .chunkSize, .chunkEnd: limit = Self.longestChunkLine - line.count
        default:
            limit = Self.longestHead - headCount
            headCount += count
        }
        guard count <= limit else { throw KubeletFailure(.response, "answers with a head of more than \(Self.longestHead >> 10) KiB") }
        line.append(contentsOf: view.prefix(count))
        bytes.moveReaderIndex(forwardBy: end == nil ? count : count + 1)
        guard end != nil else { return false }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return true
    }

    private mutating func readLine() throws(KubeletFailure) {
        switch state {
        case .statusLine: try readStatus()
        case .headers where line.isEmpty: try beginBody()
        case .headers: try readHeader()
        case .chunkSize: try readChunkSize()
        case .chunkEnd:
            guard line.isEmpty else { throw Self.malformed("a chunk that does not end where it says") }
            state = .chunkSize
        case .trailers: if line.isEmpty { state = .done }
        default: break
        }
    }

    private static func malformed(_ what: String) -> KubeletFailure { KubeletFailure(.response, "answers with \(what)") }

    /// `HTTP/1.1 200 OK`
    private mutating func readStatus() throws(KubeletFailure) {
        guard line.starts(with: "HTTP/1.".utf8), line.count >= 12, line[8] == UInt8(ascii: " "), line.count == 12 || line[12] == UInt8(ascii: " ") else {
            throw Self.malformed("\(PrintableText.beginning(of: ByteBuffer(bytes: line), 60).debugDescription) instead of an HTTP/1.1 status")
        }
        guard let code = HeaderBytes.number(line[9..<12]), code >= 100 else { throw Self.malformed("a status that is no number") }
        if line[7] == UInt8(ascii: "0") { keepsConnection = false }
        status = code
        state = .headers
    }

    private mutating func readHeader() throws(KubeletFailure) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0, line[..<colon].allSatisfy(HeaderBytes.isToken) else {
            throw Self.malformed("a header that is none")
        }
        let name = line[..<colon]
        let value = HeaderBytes.trimmed(line[(colon + 1)...])
        if HeaderBytes.equals(name, "content-length") {
            guard let count = HeaderBytes.number(value), length == nil || length == count else { throw Self.malformed("a length that is none") }
            length = count
        } else if HeaderBytes.equals(name, "transfer-encoding") {
            guard !isChunked, HeaderBytes.equals(value, "chunked") else { throw Self.malformed("a transfer encoding other than chunked") }
            isChunked = true
        } else if HeaderBytes.equals(name, "content-encoding") {
            guard HeaderBytes.equals(value, "identity") else { throw Self.malformed("a compressed body, for which it was not asked") }
        } else if HeaderBytes.equals(name, "connection"), value.split(separator: UInt8(ascii: ",")).contains(where: { HeaderBytes.equals(HeaderBytes.trimmed($0), "close") }) {
            keepsConnection = false
        }
    }

    private mutating func beginBody() throws(KubeletFailure) {
        guard !(isChunked && length != nil) else { throw Self.malformed("both a length and chunks") }
        if status < 200 {
            // 101 would be another protocol; others announce the answer.
            guard status != 101 else { throw Self.malformed("another protocol") }
            self = KubeletResponseReader(after: self)
        } else if status == 204 || status == 304 {
            state = .done
        } else if isChunked {
            state = .chunkSize
        } else if let length {
            guard length <= Self.longestBody else { throw Self.tooLong }
            state = length == 0 ? .done : .body(left: length)
        } else {
            keepsConnection = false
            state = .untilEnd
        }
    }

    private init(after announcement: KubeletResponseReader) {
        headCount = announcement.headCount
        hasBegun = true
    }

    /// `1a2b` with extensions behind a semicolon.
    private mutating func readChunkSize() throws(KubeletFailure) {
        let digits = HeaderBytes.trimmed(line.prefix { $0 != UInt8(ascii: ";") })
        guard (1...8).contains(digits.count) else { throw Self.malformed("a chunk without a size") }
        var size = 0
        for byte in digits {
            guard let digit = HeaderBytes.hexadecimal(byte) else { throw Self.malformed("a chunk without a size") }
            size = size << 4 | digit
        }
        state = size == 0 ? .trailers : .chunk(left: size)
    }
}

/// Bytes of a head.
private enum HeaderBytes {
    static func isToken(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var bytes = bytes
        while let first = bytes.first, isBlank(first) { bytes.removeFirst() }
        while let last = bytes.last, isBlank(last) { bytes.removeLast() }
        return bytes
    }

    /// - Parameter word: in lower case.
    static func equals(_ bytes: ArraySlice<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { expected in zip(bytes, expected).allSatisfy { $0 == $1 || ($0 &- UInt8(ascii: "A") < 26 && $0 | 0x20 == $1) } }
    }

    /// Digits only, and not so many that they don't fit.
    static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard (1...15).contains(bytes.count) else { return nil }
        var number = 0
        for byte in bytes {
            guard byte &- UInt8(ascii: "0") < 10 else { return nil }
            number = number * 10 + Int(byte &- UInt8(ascii: "0"))
        }
        return number
    }

    static func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}

/// What a stranger sent, as a log may show it.
enum PrintableText {
    /// At most `count` bytes; what is not printable ASCII is a dot, and blanks at the ends go.
    static func beginning(of bytes: ByteBuffer, _ count: Int) -> String {
        let shown = bytes.readableBytesView.prefix(count).map { (0x20..<0x7F).contains($0) ? $0 : $0 == 0x0A ? 0x20 : UInt8(ascii: ".") }
        let text = shown.drop { $0 == 0x20 }
        return String(decoding: text.reversed().drop { $0 == 0x20 }.reversed(), as: UTF8.self)
    }
}

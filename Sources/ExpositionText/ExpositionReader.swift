// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Reads the Prometheus text format (version 0.0.4, with quoted names) entry by entry, as strictly as upstream's parser.
///
/// What it finds is told as ranges of the text, which the caller passes each time; nothing is copied and, beyond the list of
/// labels that is used again for each sample, nothing allocated.
/// ```swift
/// var reader = ExpositionReader()
/// while let entry = try reader.next(text) { … }
/// ```
/// - Source: prometheus v3 model/textparse/promparse.go
package struct ExpositionReader {
    package enum Entry: Sendable, Hashable {
        case sample(Sample)
        /// The text is as written, with its escapes.
        case help(name: Range<Int>, text: Range<Int>)
        case type(name: Range<Int>, MetricType)
        case comment(Range<Int>)
    }

    package enum MetricType: String, Sendable { case counter, gauge, histogram, summary, untyped }

    /// One line with a value.
    package struct Sample: Sendable, Hashable {
        /// Name and labels, as written, from the line's start.
        package var series: Range<Int>
        package var name: Range<Int>
        package var value: Double
        /// Since 1970; nil where the line has none, which means the time of the scrape.
        package var timestampMilliseconds: Int64?
    }

    package struct Label: Sendable, Hashable {
        package var name: Range<Int>
        /// Without the quotes, with the escapes.
        package var value: Range<Int>
    }

    /// Of the sample last read, in their order.
    package private(set) var labels: [Label] = []
    private var lexer = ExpositionLexer()
    private var entryStart = 0
    private var name: Range<Int>?

    package init() {}

    /// The next entry; nil at the end. Not to be called again after an error.
    package mutating func next(_ text: Span<UInt8>) throws(ExpositionError) -> Entry? {
        while true {
            entryStart = lexer.position
            name = nil
            switch lexer.next(text) {
            case .end: return nil
            case .lineBreak: continue
            case .help: return try metadata(.help, text)
            case .type: return try metadata(.type, text)
            case .comment:
                let comment = lexer.token
                try expectLineBreak("linebreak expected after comment", text)
                return .comment(comment)
            case .braceOpen:
                labels.removeAll(keepingCapacity: true)
                try readLabels(text)
                return try sample(series: entryStart..<lexer.position, lexer.next(text), text)
            case .metricName:
                labels.removeAll(keepingCapacity: true)
                name = entryStart..<lexer.position
                var series = entryStart..<lexer.position
                var token = lexer.next(text)
                if token == .braceOpen {
                    try readLabels(text)
                    series = entryStart..<lexer.position
                    token = lexer.next(text)
                }
                return try sample(series: series, token, text)
            case let token: throw unexpected("expected a valid start token", token, text)
            }
        }
    }

    /// Where the next entry begins, or blank lines before it.
    package var position: Int { lexer.position }

    /// Reads what follows the series at `position`, where that is a value alone or with a timestamp.
    /// - Parameter end: Where the series ends, which `next` has read before as it stands, so that it is known to be well formed.
    /// - Returns: nil for anything else, of which nothing is taken: `next` reads it, or says what is wrong.
    package mutating func value(_ text: Span<UInt8>, after end: Int) -> (value: Double, timestampMilliseconds: Int64?)? {
        var index = end
        func token() -> Range<Int>? {
            guard index < text.count, text[index] == UInt8(ascii: " ") else { return nil }
            index &+= 1
            let start = index
            while index < text.count, text[index] > UInt8(ascii: " "), text[index] != UInt8(ascii: "{") { index &+= 1 }
            return index > start && index < text.count ? start..<index : nil
        }
        guard let written = token(), let value = try? ExpositionNumber.double(text, written) else { return nil }
        var timestamp: Int64?
        if text[index] == UInt8(ascii: " ") {
            guard let written = token(), let milliseconds = ExpositionNumber.int64(text, written) else { return nil }
            timestamp = milliseconds
        }
        guard text[index] == UInt8(ascii: "\n") else { return nil }
        lexer.skip(to: index + 1)
        return (value, timestamp)
    }

    // MARK: Metadata

    private mutating func metadata(_ kind: ExpositionLexer.Token, _ text: Span<UInt8>) throws(ExpositionError) -> Entry {
        let token = lexer.next(text)
        guard token == .metricName else { throw unexpected("expected metric name after \(kind.rawValue)", token, text) }
        let isQuoted = text[lexer.start] == UInt8(ascii: "\"")
        let name = isQuoted ? lexer.start + 1..<lexer.position - 1 : lexer.token
        lexer.readMetadataText(text)
        // Upstream drops the first byte, whatever it is.
        let content = lexer.token.dropFirst()
        let range = content.startIndex..<content.endIndex
        let entry: Entry
        if kind == .type {
            guard let type = MetricType(text, range) else { throw error("invalid metric type \(QuotedBytes(text, range))") }
            entry = .type(name: name, type)
        } else {
            guard Self.isUTF8(text, range) else { throw error("help text \(QuotedBytes(text, range)) is not a valid utf8 string") }
            entry = .help(name: name, text: range)
        }
        try expectLineBreak("linebreak expected after metadata", text)
        return entry
    }

    private mutating func expectLineBreak(_ expectation: String, _ text: Span<UInt8>) throws(ExpositionError) {
        let token = lexer.next(text)
        guard token == .lineBreak else { throw unexpected(expectation, token, text) }
    }

    // MARK: Samples

    private mutating func readLabels(_ text: Span<UInt8>) throws(ExpositionError) {
        var token = lexer.next(text)
        while token != .braceClose {
            guard token == .labelName || token == .quoted else { throw unexpected("expected label name", token, text) }
            let isQuoted = token == .quoted
            let written = isQuoted ? lexer.start + 1..<lexer.position - 1 : lexer.token
            token = lexer.next(text)
            // Alone, it is the metric's name.
            if token == .comma || token == .braceClose {
                guard name == nil else { throw error("metric name already set while parsing: \(QuotedBytes(text, entryStart..<lexer.position))") }
                name = isQuoted ? written : written.lowerBound + 1..<max(written.lowerBound + 1, written.upperBound - 1)
                if token == .comma { token = lexer.next(text) }
                continue
            }
            guard token == .equal else { throw unexpected("expected equal", token, text) }
            token = lexer.next(text)
            guard token == .labelValue else { throw unexpected("expected label value", token, text) }
            guard Self.isUTF8(text, lexer.token) else { throw error("invalid UTF-8 label value: \(QuotedBytes(text, lexer.token))") }
            labels.append(Label(name: written, value: lexer.start + 1..<lexer.position - 1))
            token = lexer.next(text)
            if token == .comma { token = lexer.next(text) }
        }
    }

    private mutating func sample(series: Range<Int>, _ token: ExpositionLexer.Token, _ text: Span<UInt8>) throws(ExpositionError) -> Entry {
        guard let name else { throw error("metric name not set while parsing: \(QuotedBytes(text, entryStart..<lexer.position))") }
        guard token == .value else { throw unexpected("expected value after metric", token, text) }
        let value: Double
        do { value = try ExpositionNumber.double(text, lexer.token) } catch { throw self.error("\(error.message) while parsing: \(line(text))") }
        var sample = Sample(series: series, name: name, value: value, timestampMilliseconds: nil)
        switch lexer.next(text) {
        case .lineBreak: break
        case .timestamp:
            guard let timestamp = ExpositionNumber.int64(text, lexer.token) else {
                throw error("strconv.ParseInt: parsing \(QuotedBytes(text, lexer.token)): value out of range while parsing: \(line(text))")
            }
            sample.timestampMilliseconds = timestamp
            try expectLineBreak("expected next entry after timestamp", text)
        case let token: throw unexpected("expected timestamp or new record", token, text)
        }
        return .sample(sample)
    }

    // MARK: Errors

    private func line(_ text: Span<UInt8>) -> QuotedBytes { QuotedBytes(text, entryStart..<lexer.position) }

    private func error(_ message: String) -> ExpositionError { ExpositionError(message: message, offset: lexer.start) }

    private func unexpected(_ expectation: String, _ token: ExpositionLexer.Token, _ text: Span<UInt8>) -> ExpositionError {
        // Upstream shows one byte beyond the token.
        let end = min(lexer.position + 1, text.count + 1)
        let got = QuotedBytes(text, min(lexer.start, end)..<end)
        return error("\(expectation), got \(got) (\"\(token.rawValue)\") while parsing: \(QuotedBytes(text, min(entryStart, end)..<end))")
    }

    private static func isUTF8(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound, text[index] < 0x80 { index &+= 1 }
        guard index < range.upperBound else { return true }
        var bytes: [UInt8] = []
        for index in range { bytes.append(text[index]) }
        return String(validating: bytes, as: UTF8.self) != nil
    }
}

extension ExpositionReader.MetricType {
    fileprivate init?(_ text: Span<UInt8>, _ range: Range<Int>) {
        guard range.count <= 9 else { return nil }
        var word = ""
        for index in range { word.unicodeScalars.append(Unicode.Scalar(text[index])) }
        self.init(rawValue: word)
    }
}

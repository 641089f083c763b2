// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricRules

/// Takes the series out of a JSON answer as its pieces come, so that neither its text nor a tree of it is ever there as a whole.
///
/// A series is an object in an array that is a member of the outermost object. What stands around them is the envelope, a JSON text of its own. Of
/// series that differ in nothing but their labels' values the first is read, and the others are counted: a hundred thousand have a few dozen shapes.
struct SeriesReader {
    enum Problem: Error {
        case tooLong
        /// An object that tells no labels, or one that is no JSON.
        case noSeries
    }

    /// The answer without its series.
    private(set) var envelope: [UInt8] = []
    private let limit: Int

    // Where the next byte stands.
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// In an array of the outermost object.
    private var isInList = false
    private var separation = Separation.none
    private enum Separation { case none, afterSeries, afterComma }

    // The series that is being read.
    private var isInSeries = false
    private var isAfterColon = false
    private var text: [UInt8] = []
    /// Its text without the values of labels, but with its name.
    private var shape: [UInt8] = []
    private var keyStart = 0
    private var isName = false

    // Those that were.
    private var places: [[UInt8]: Int] = [:]
    private var found: [(series: SeriesShape, shape: [UInt8], last: Int)] = []
    private var lastPlace: Int?
    private var count = 0
    private var keptBytes = 0

    /// - Parameter limit: Of bytes kept: the envelope, and a series of each shape.
    init(limit: Int) { self.limit = limit }

    /// In the order in which the last of each was told.
    var shapes: [SeriesShape] { found.sorted { $0.last < $1.last }.map(\.series) }

    mutating func read(_ piece: [UInt8]) throws(Problem) {
        var index = 0
        while index < piece.count {
            let start = index
            if isInString {
                index = endOfString(piece, from: start)
                keepString(piece[start..<index])
            } else {
                index += 1
                try take(piece[start])
            }
        }
        guard envelope.count + text.count + keptBytes <= limit else { throw .tooLong }
    }

    // MARK: Strings

    /// After its closing quote, or where the piece ends.
    private mutating func endOfString(_ piece: [UInt8], from start: Int) -> Int {
        var index = start
        while index < piece.count {
            let byte = piece[index]
            index += 1
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
                break
            }
        }
        return index
    }

    private mutating func keepString(_ bytes: ArraySlice<UInt8>) {
        guard isInSeries else { return envelope.append(contentsOf: bytes) }
        text.append(contentsOf: bytes)
        if !isAfterColon || isName { shape.append(contentsOf: bytes) }
        guard !isInString else { return }
        if !isAfterColon { isName = text[keyStart...].elementsEqual(#""__name__""#.utf8) }
        isAfterColon = false
    }

    // MARK: What stands between them

    private mutating func take(_ byte: UInt8) throws(Problem) {
        switch byte {
        case UInt8(ascii: "\""):
            isInString = true
            keyStart = text.count
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            if byte == UInt8(ascii: "{"), depth == 2, isInList, !isInSeries { return try begin() }
            depth += 1
            if depth == 2 { (isInList, separation) = (byte == UInt8(ascii: "["), .none) }
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            if isInSeries, depth == 2 { return try end() }
            if depth == 1 {
                guard separation != .afterComma else { throw .noSeries }
                isInList = false
            }
        case UInt8(ascii: ","):
            isAfterColon = false
            if depth == 2, separation != .none {
                guard separation == .afterSeries else { throw .noSeries }
                return separation = .afterComma
            }
        case UInt8(ascii: ":"): isAfterColon = true
        default: break
        }
        guard isInSeries else { return envelope.append(byte) }
        text.append(byte)
        shape.append(byte)
    }

    private mutating func begin() throws(Problem) {
        guard separation != .afterSeries else { throw .noSeries }
        (isInSeries, isAfterColon, isName) = (true, false, false)
        text.removeAll(keepingCapacity: true)
        shape.removeAll(keepingCapacity: true)
        depth += 1
        text.append(UInt8(ascii: "{"))
    }

    private mutating func end() throws(Problem) {
        (isInSeries, separation) = (false, .afterSeries)
        text.append(UInt8(ascii: "}"))
        count += 1
        let place = try place()
        found[place].series.count += 1
        found[place].last = count
        lastPlace = place
        text.removeAll(keepingCapacity: true)
    }

    /// Of this shape among those found.
    private mutating func place() throws(Problem) -> Int {
        // Mostly the same as the one before.
        if let lastPlace, found[lastPlace].shape == shape { return lastPlace }
        if let known = places[shape] { return known }
        guard let labels = (try? JSONValue.parse(text)).map(PrometheusClient.labels) else { throw .noSeries }
        let example = Series(name: labels["__name__"] ?? "", labels: labels.filter { $0.key != "__name__" })
        places[shape] = found.count
        found.append((SeriesShape(example: example, count: 0), shape, 0))
        keptBytes += text.count + shape.count
        return found.count - 1
    }
}

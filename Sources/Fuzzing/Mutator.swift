// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import TestKit

/// Makes inputs that are nearly right: corpus texts, damaged, spliced, with words of the language put in and parts repeated.
struct Mutator: Sendable {
    let corpus: [[UInt8]]
    let words: [[UInt8]]

    private static let numbers = [
        "0", "-1", "-0", "1e999999", "-1e-999999", "9223372036854775807", "9223372036854775808", "0.1", "1E5", "007", "4294967296",
    ]
    /// Longer inputs are cut: what matters is found in short ones, and long ones cost time.
    private static let longest = 20_000

    func input(_ random: inout SeededRandom) -> [UInt8] {
        var input = random.one(of: corpus)
        for _ in 0..<(random.happens(0.6) ? 1 : random.int(2...6)) { mutate(&input, &random) }
        return Array(input.prefix(Self.longest))
    }

    private func mutate(_ input: inout [UInt8], _ random: inout SeededRandom) {
        let place = random.int(0...input.count)
        let end = min(place + random.int(0...16), input.count)
        switch random.int(0...11) {
        case 0 where place < input.count: input[place] = UInt8(random.int(0...255))
        case 1 where place < input.count: input[place] ^= 1 << UInt8(random.int(0...7))
        case 2: input.removeSubrange(place..<end)
        case 3: input.removeSubrange(place...)
        case 4: input.insert(contentsOf: random.one(of: words), at: place)
        case 5: input.replaceSubrange(place..<end, with: random.one(of: words))
        case 6: input.insert(contentsOf: input[place..<end], at: random.int(0...input.count))
        case 7: input.insert(contentsOf: Array(repeating: input[place..<end], count: random.one(of: [2, 10, 300])).joined(), at: place)
        case 8: input.insert(contentsOf: Array(repeating: random.one(of: words), count: random.one(of: [2, 10, 300])).joined(), at: place)
        case 9: splice(&input, place, &random)
        case 10: number(&input, place, &random)
        default: input.replaceSubrange(place..<end, with: random.one(of: [[], [0], [0xFF], [0xC3], Array("\u{2028}".utf8), Array("é".utf8)]))
        }
    }

    /// The start of this one and the end of another.
    private func splice(_ input: inout [UInt8], _ place: Int, _ random: inout SeededRandom) {
        let other = random.one(of: corpus)
        input.replaceSubrange(place..., with: other[random.int(0...other.count)...])
    }

    /// Another number in the place of the next one.
    private func number(_ input: inout [UInt8], _ place: Int, _ random: inout SeededRandom) {
        func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        guard let start = input[place...].firstIndex(where: isDigit) else { return }
        let end = input[start...].firstIndex { !isDigit($0) } ?? input.count
        input.replaceSubrange(start..<end, with: Array(random.one(of: Self.numbers).utf8))
    }
}

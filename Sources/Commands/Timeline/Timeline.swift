// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import Synchronization

/// Shows a lab's events as they come: plain lines with the seconds since the start; on a terminal also one live line at the
/// bottom that says what is being waited for; or one JSON object a line.
final class Timeline: Sendable {
    enum Format: String, Sendable, CaseIterable { case text, json }

    private struct State {
        /// What is waited for, by subject, in the order it was first named.
        var waits: [(subject: String, text: String)] = []
        var hasLiveLine = false
        var lastWrittenWait: [String: String] = [:]
    }

    private let format: Format
    private let isTerminal: Bool
    private let start: ContinuousClock.Instant
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    init(
        format: Format, isTerminal: Bool = StandardOutput.isTerminal, start: ContinuousClock.Instant = .now,
        write: @escaping @Sendable (String) -> Void = StandardOutput.write
    ) {
        self.format = format
        self.isTerminal = isTerminal
        self.start = start
        self.write = write
    }

    var elapsed: Duration { ContinuousClock.now - start }

    func emit(_ event: TimelineEvent) {
        state.withLock { state in
            switch format {
            case .json:
                // The same words again say nothing new; a countdown's next figure does.
                if event.kind == .wait, state.lastWrittenWait.updateValue(event.text, forKey: event.subject) == event.text { return }
                write(json(event) + "\n")
            case .text where event.kind == .wait: showWait(event, &state)
            case .text:
                clearLiveLine(&state)
                write(line(event) + "\n")
                drawLiveLine(&state)
            }
        }
    }

    func emit(_ kind: TimelineEvent.Kind, _ subject: String, _ text: String, values: [String: Double] = [:]) {
        emit(TimelineEvent(kind, subject, text, values: values))
    }

    /// About the lab itself.
    func emit(_ kind: TimelineEvent.Kind, _ text: String) { emit(TimelineEvent(kind, "", text)) }

    /// What `subject` waited for has come.
    func endWait(_ subject: String) {
        state.withLock { state in
            state.lastWrittenWait[subject] = nil
            guard let index = state.waits.firstIndex(where: { $0.subject == subject }) else { return }
            state.waits.remove(at: index)
            clearLiveLine(&state)
            drawLiveLine(&state)
        }
    }

    /// Lets somebody else write lines without the live line getting into them.
    func interject(_ body: () -> Void) {
        state.withLock { state in
            clearLiveLine(&state)
            body()
            drawLiveLine(&state)
        }
    }

    /// Leaves the terminal clean for the shell's prompt.
    func finish() {
        state.withLock { state in
            state.waits = []
            clearLiveLine(&state)
        }
    }

    private func showWait(_ event: TimelineEvent, _ state: inout State) {
        if let index = state.waits.firstIndex(where: { $0.subject == event.subject }) {
            state.waits[index].text = event.text
        } else {
            state.waits.append((event.subject, event.text))
        }
        if isTerminal {
            clearLiveLine(&state)
            drawLiveLine(&state)
        } else if state.lastWrittenWait[event.subject].map(Self.withoutFigures) != Self.withoutFigures(event.text) {
            // A countdown is one line in a log, not one a second.
            state.lastWrittenWait[event.subject] = event.text
            write(line(event) + "\n")
        }
    }

    private static func withoutFigures(_ text: String) -> String { text.filter { !$0.isNumber } }

    private func clearLiveLine(_ state: inout State) {
        guard state.hasLiveLine else { return }
        write("\r\u{1B}[K")
        state.hasLiveLine = false
    }

    private func drawLiveLine(_ state: inout State) {
        guard isTerminal, format == .text, !state.waits.isEmpty else { return }
        let text = state.waits.map { $0.subject.isEmpty ? $0.text : "\($0.subject): \($0.text)" }.joined(separator: " · ")
        write("\u{1B}[2m… \(text.prefix(160))\u{1B}[0m")
        state.hasLiveLine = true
    }

    private func line(_ event: TimelineEvent) -> String {
        let time = Self.seconds(elapsed)
        let subject = event.subject.isEmpty ? "" : event.subject + "  "
        let mark =
            switch event.kind {
            case .wait: "… "
            case .note: "note: "
            default: ""
            }
        let text = "\(String(repeating: " ", count: max(0, 7 - time.count)))\(time)  \(subject)\(mark)\(event.text)"
        guard isTerminal else { return text }
        return switch event.kind {
        case .scaled: "\u{1B}[1m\(text)\u{1B}[0m"
        case .wait: "\u{1B}[2m\(text)\u{1B}[0m"
        default: text
        }
    }

    private func json(_ event: TimelineEvent) -> String {
        var json: JSONObject = [
            "elapsedSeconds": .number((elapsed / .milliseconds(1)).rounded() / 1000), "event": .string(event.kind.rawValue),
            "message": .string(event.text),
        ]
        if !event.subject.isEmpty { json["subject"] = .string(event.subject) }
        for (key, value) in event.values { json[key] = .number((value * 1000).rounded() / 1000) }
        return JSONValue.object(json).encodedText
    }

    /// `3.4s`
    static func seconds(_ duration: Duration) -> String {
        let tenths = Int64((duration / .milliseconds(100)).rounded())
        return "\(tenths / 10).\(tenths % 10)s"
    }

    /// `3:42`
    static func minutes(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        return "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
    }
}

// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Several requests of one kind at a time.
///
/// - Source: `slowStartBatch`, kubernetes pkg/controller/replicaset/replica_set.go
enum Batches {
    /// What went well, in any order, and the first thing that did not.
    struct Outcome<Output: Sendable>: Sendable {
        var done: [Output] = []
        var failure: (any Error)?
    }

    static func all<Input: Sendable, Output: Sendable>(
        _ inputs: some Collection<Input> & Sendable, _ body: @escaping @Sendable (Input) async throws -> Output
    ) async -> Outcome<Output> {
        await withTaskGroup(of: Result<Output, any Error>.self) { group in
            for input in inputs {
                group.addTask {
                    do { return .success(try await body(input)) } catch { return .failure(error) }
                }
            }
            return await group.reduce(into: Outcome()) { outcome, result in
                switch result {
                case .success(let output): outcome.done.append(output)
                case .failure(let error): outcome.failure = outcome.failure ?? error
                }
            }
        }
    }

    /// One first, then twice as many each time, until one fails: where none can go well, few are wasted.
    static func slowStart<Input: Sendable, Output: Sendable>(
        _ inputs: [Input], _ body: @escaping @Sendable (Input) async throws -> Output
    ) async -> Outcome<Output> {
        var outcome = Outcome<Output>()
        var left = inputs[...]
        var size = 1
        while !left.isEmpty, outcome.failure == nil {
            let batch = await all(left.prefix(size), body)
            outcome.done += batch.done
            outcome.failure = batch.failure
            left = left.dropFirst(size)
            size *= 2
        }
        return outcome
    }
}

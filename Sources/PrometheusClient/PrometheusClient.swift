// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import MetricRules

/// Asks one Prometheus server, or what speaks its API, such as Thanos.
///
/// - Source: Prometheus' HTTP API, prometheus.io/docs/prometheus/latest/querying/api
package struct PrometheusClient: Sendable {
    package enum Verb: String, Sendable, CaseIterable { case get = "GET", post = "POST" }

    package struct Options: Sendable {
        /// How a question is put: POST where queries may be longer than an address.
        package var verb = Verb.get
        /// Sent with each question: `X-Scope-OrgID` for a tenant.
        package var headers: [String: String] = [:]
        /// How long Prometheus may work on a question.
        package var timeout = Duration.seconds(30)
        /// Longer answers are refused; a list of series may be longer, but not what it tells.
        package var answerLimit = 64 << 20

        package init() {}
    }

    private let address: PrometheusAddress
    private let transport: any Transport
    private let options: Options

    /// - Parameter transport: To `address.server`.
    package init(_ address: PrometheusAddress, transport: any Transport, options: Options = Options()) {
        self.address = address
        self.transport = transport
        self.options = options
    }

    /// As messages name it.
    private var server: String { address.server + address.pathPrefix }

    package struct Answer<Value: Sendable>: Sendable {
        package var value: Value
        /// What the server says against its own answer: Thanos names the stores that did not answer here.
        package var warnings: [String]
    }

    // MARK: Questions

    /// An instant query, whose answer has to be a vector.
    /// - Parameter time: nil for the server's now.
    /// - Throws: `PrometheusError`; `CancellationError`.
    package func query(_ query: String, at time: Timestamp? = nil) async throws -> Answer<[Sample]> {
        var form: [(String, String)] = [("query", query)]
        if let time { form.append(("time", time.description)) }
        form.append(("timeout", options.timeout.goText))
        let (data, warnings) = try await ask("/api/v1/query", form)
        guard data["resultType"]?.string == "vector", let result = data["result"]?.array else {
            throw PrometheusError(
                .answer, "\(server) answers with a \(data["resultType"]?.string ?? "text of another kind") to \(query): a rule needs a vector")
        }
        var samples: [Sample] = []
        samples.reserveCapacity(result.count)
        for one in result {
            guard let sample = Sample(one) else { throw PrometheusError(.answer, "\(server) answers with what is no sample to \(query)") }
            samples.append(sample)
        }
        return Answer(value: samples, warnings: warnings)
    }

    /// The series that a selector matches and that had samples since `start`, by their shapes.
    /// - Throws: as `query`.
    package func series(_ selector: String, since start: Timestamp) async throws -> Answer<[SeriesShape]> {
        let path = "/api/v1/series"
        let response = try await send(path, [("match[]", selector), ("start", start.description)])
        var reader = SeriesReader(limit: options.answerLimit)
        do {
            for try await piece in response.body { try reader.read(piece) }
        } catch let error as ClientError {
            throw PrometheusError(.answer, "\(server) on \(path): \(error.message)")
        } catch SeriesReader.Problem.tooLong {
            throw PrometheusError(.answer, "\(server) on \(path): what the answer tells is longer than \(options.answerLimit) bytes")
        } catch SeriesReader.Problem.noSeries {
            throw PrometheusError(.answer, "\(server) answers with what is no series to \(selector)")
        }
        let (data, warnings) = try read(reader.envelope, response.status, path, selector)
        guard data.array?.isEmpty == true else { throw PrometheusError(.answer, "\(server) answers with no list of series to \(selector)") }
        return Answer(value: reader.shapes, warnings: warnings)
    }

    static func labels(_ json: JSONValue?) -> [String: String] {
        (json?.object ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.string }
    }

    // MARK: HTTP

    private func ask(_ path: String, _ form: [(String, String)]) async throws -> (data: JSONValue, warnings: [String]) {
        let response = try await send(path, form)
        let body: [UInt8]
        do { body = try await response.body.collect(limit: options.answerLimit) } catch let error as ClientError {
            throw PrometheusError(.answer, "\(server) on \(path): \(error.message)")
        }
        return try read(body, response.status, path, form.first?.1 ?? "")
    }

    private func send(_ path: String, _ form: [(String, String)]) async throws -> ClientResponse {
        var text = form.map { "\(RequestPath.encoded($0.0))=\(RequestPath.encoded($0.1))" }.joined(separator: "&")
        var request = ClientRequest(method: options.verb.rawValue, path: address.pathPrefix + path, headers: options.headers)
        request.headers["Accept"] = "application/json"
        switch options.verb {
        case .get:
            if !address.parameters.isEmpty { text += "&" + address.parameters }
            request.path += "?" + text
        case .post:
            if !address.parameters.isEmpty { request.path += "?" + address.parameters }
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
            request.body = Array(text.utf8)
        }
        do { return try await transport.send(request) } catch let error as ClientError {
            throw PrometheusError(.unreachable, error.message)
        }
    }

    private func read(_ body: [UInt8], _ status: Int, _ path: String, _ question: String) throws -> (data: JSONValue, warnings: [String]) {
        guard let json = try? JSONValue.parse(body), let state = json["status"]?.string else {
            let shown = String(decoding: body.prefix(120).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
            switch status {
            case 401, 403:
                throw PrometheusError(
                    .refused, "\(server) answers \(status) to \(path): \(shown); give it a token, a client certificate or a password that it accepts")
            case 404: throw PrometheusError(.refused, "\(server) has no \(path): does its address need a path, such as /prometheus?")
            default: throw PrometheusError(.answer, "\(server) answers \(status) to \(path), and not as Prometheus does: \(shown)")
            }
        }
        guard state == "success" else {
            let type = json["errorType"]?.string ?? "error"
            throw PrometheusError(
                type == "bad_data" ? .query : .refused,
                "\(server) answers \(status) (\(type)) to \(question): \(json["error"]?.string ?? "no reason")")
        }
        return (json["data"] ?? .null, (json["warnings"]?.array ?? []).compactMap(\.string))
    }
}

/// Why Prometheus gave nothing that could be used.
package struct PrometheusError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        case unreachable
        /// It answered, and would not.
        case refused
        /// The query is wrong.
        case query
        /// What it answered is not what was asked for.
        case answer
    }

    package var kind: Kind
    /// Names the server, the question and the reason; of a long question, which may name thousands of pods, the beginning and the end.
    package var description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = Self.shortened(description)
    }

    private static let longest = 1024

    private static func shortened(_ text: String) -> String {
        text.utf8.count <= longest ? text : "\(text.prefix(longest / 2)) … \(text.suffix(longest / 2))"
    }
}

extension Sample {
    /// `{"metric": {…}, "value": [1767225600.123, "0.25"]}`
    init?(_ json: JSONValue) {
        guard let pair = json["value"]?.array, pair.count == 2, let seconds = pair[0].double, let text = pair[1].string, abs(seconds) < 1e12 else {
            return nil
        }
        let value: Double
        switch text {
        case "NaN": value = .nan
        case "+Inf", "Inf": value = .infinity
        case "-Inf": value = -.infinity
        default:
            guard let number = Double(text) else { return nil }
            value = number
        }
        self.init(labels: PrometheusClient.labels(json["metric"]), value: value, milliseconds: Int64((seconds * 1000).rounded()))
    }
}

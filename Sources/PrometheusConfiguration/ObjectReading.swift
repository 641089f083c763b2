// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The reading of one object, with what it leads to besides its part of the configuration.
struct ObjectReading {
    let kind: String
    let name: NamespacedName
    let environment: ServerEnvironment
    let data: ReferencedData
    /// What the object's paths may name.
    var fileAccess = FileAccess()

    /// By path below the folder of credentials.
    private(set) var files: [String: [UInt8]] = [:]
    private(set) var references: Set<DataReference> = []
    private(set) var problems: [ConfigurationProblem] = []
    private var reported: Set<FieldProblem> = []

    init(_ object: KubeObject, kind: String, environment: ServerEnvironment, data: ReferencedData) {
        self.kind = kind
        name = object.namespacedName
        self.environment = environment
        self.data = data
    }

    /// Reads one part; what is wrong with it costs that part alone, with the files it would have needed.
    mutating func attempt<Part>(_ body: (inout ObjectReading) throws(FieldProblem) -> Part?) -> Part? {
        var reading = self
        do {
            let part = try body(&reading)
            self = reading
            return part
        } catch {
            references = reading.references
            leaveOut(error)
            return nil
        }
    }

    mutating func leaveOut(_ problem: FieldProblem) { append(problem, .fieldLeftOut) }

    /// Says it once, however many parts the field has a part in.
    private mutating func append(_ problem: FieldProblem, _ consequence: ConfigurationProblem.Consequence) {
        guard reported.insert(problem).inserted else { return }
        problems.append(
            ConfigurationProblem(
                kind: kind, object: name, field: problem.field, consequence: consequence, reason: problem.reason, fix: problem.fix))
    }

    /// Nothing of the object is used. What it refers to stays known, since a change there may mend it.
    mutating func drop(_ problem: FieldProblem) {
        files = [:]
        problems = []
        reported = []
        append(problem, .objectDropped)
    }

    /// Whether this server has the field; where not, says that it is left out.
    mutating func supports(_ field: String, since version: PrometheusVersion) -> Bool {
        guard environment.version < version else { return true }
        leaveOut(
            FieldProblem(field, "needs Prometheus \(version), and this is \(environment.version)", fix: "remove it, or run a newer Prometheus"))
        return false
    }

    /// The absolute path of a file with these bytes.
    mutating func file(_ bytes: [UInt8], at path: String) -> String {
        files[path] = bytes
        return environment.credentialsFolder.appendingPath(path)
    }

    mutating func entries(of reference: DataReference) -> [String: [UInt8]]? {
        references.insert(reference)
        return data.entries(of: reference)
    }
}

/// Which files an object may name by path.
struct FileAccess {
    /// False for monitors where the Prometheus object says so.
    var isAllowed = true
    /// Where the Prometheus object lives, whose Secrets and ConfigMaps are mounted.
    var namespace = ""
    var secrets: Set<String> = []
    var configMaps: Set<String> = []
}

extension String {
    func appendingPath(_ path: String) -> String { hasSuffix("/") ? self + path : "\(self)/\(path)" }
}

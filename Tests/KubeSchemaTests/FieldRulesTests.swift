// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import KubeSchema
import Testing

@Suite("The rules of fields")
struct FieldRulesTests {
    private static let valid = """
        {kind: Deployment, spec: {replicas: 1, selector: {matchLabels: {a: b}}, progressDeadlineSeconds: 600, strategy: {type: RollingUpdate,
        rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}, template: {metadata: {labels: {a: b}}, spec: {restartPolicy: Always, containers: [{name: c, image: i}]}}}}
        """

    @Test(
        "a broken Deployment gets upstream's causes",
        arguments: [
            ("{}", []),
            ("{spec: {replicas: -1}}", ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]),
            ("{spec: {selector: null}}", ["spec.selector: Required value"]),
            ("{spec: {selector: {matchLabels: null}}}", ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"]),
            (
                "{spec: {template: {metadata: {labels: {a: c}}}}}",
                [#"spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`"#]
            ),
            ("{spec: {template: {spec: {containers: null}}}}", ["spec.template.spec.containers: Required value"]),
            ("{spec: {template: {spec: {containers: [{name: c}]}}}}", ["spec.template.spec.containers[0].image: Required value"]),
            (
                "{spec: {template: {spec: {containers: [{name: c, image: i}, {name: c, image: i}]}}}}",
                [#"spec.template.spec.containers[1].name: Duplicate value: "c""#]
            ),
            (
                "{spec: {template: {spec: {restartPolicy: Never}}}}",
                [#"spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always""#]
            ),
            (
                "{spec: {strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}}}",
                [#"spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0"#]
            ),
            (
                "{spec: {strategy: {type: Recreate}}}",
                ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"]
            ),
            ("{spec: {minReadySeconds: 600}}", ["spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds"]),
            (
                "{spec: {template: {spec: {containers: [{name: c, image: i, resources: {requests: {cpu: 2}, limits: {cpu: 1}}}]}}}}",
                [#"spec.template.spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1"#]
            ),
            (
                "{spec: {template: {spec: {containers: [{name: c, image: i, ports: [{containerPort: 70000}], volumeMounts: [{name: v, mountPath: /v}]}]}}}}",
                [
                    "spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
                    #"spec.template.spec.containers[0].volumeMounts[0].name: Not found: "v""#,
                ]
            ),
        ])
    func deployments(change: String, expected: [String]) throws {
        let json = try YAML.document(in: Self.valid).mergePatched(with: YAML.document(in: change))
        let causes = WorkloadRules.errors(KubeObject(json.object ?? [:])).causes
        #expect(causes.map { "\($0.field): \($0.message)" } == expected)
    }

    @Test(
        "names follow their kind's rule",
        arguments: [
            (NameRule.subdomain, "a.b-c.1", true), (.subdomain, "A", false), (.subdomain, "a..b", false), (.subdomain, "-a", false),
            (.subdomain, String(repeating: "a", count: 254), false),
            (.label, "a-1", true), (.label, "a.b", false), (.label, String(repeating: "a", count: 64), false), (.letterLabel, "a1", true),
            (.letterLabel, "1a", false),
            (.pathSegment, "V1.x_y", true), (.pathSegment, "..", false), (.pathSegment, "a/b", false), (.pathSegment, "a%b", false),
            (.subdomain, "", false), (.subdomain, "é", false),
        ])
    func names(rule: NameRule, name: String, isValid: Bool) {
        #expect((rule.problem(name) == nil) == isValid)
    }

    @Test(
        "a Service needs its ports, and they their names",
        arguments: [
            ("{type: ClusterIP, ports: [{port: 80, targetPort: 80}]}", []), ("{type: ClusterIP}", ["spec.ports"]), ("{clusterIP: None}", []),
            ("{ports: [{port: 0}]}", ["spec.ports[0].port"]), ("{ports: [{port: 80}, {port: 81}]}", ["spec.ports[0].name", "spec.ports[1].name"]),
            ("{ports: [{port: 80, name: a}, {port: 80, name: b}]}", ["spec.ports[1]"]), ("{type: Odd, ports: [{port: 80}]}", ["spec.type"]),
            ("{ports: [{port: 80, targetPort: 99999}]}", ["spec.ports[0].targetPort"]),
            ("{ports: [{port: 80, targetPort: --}]}", ["spec.ports[0].targetPort"]),
        ])
    func services(spec: String, fields: [String]) throws {
        #expect(try ServiceRules.errors(YAML.document(in: spec)).causes.map(\.field) == fields)
    }
}

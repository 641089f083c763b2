// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Texts as clients send them.
enum Corpus {
    static let deployment = #"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"podinfo","namespace":"default","labels":{"app":"podinfo"},"finalizers":["a/b"]},        "spec":{"replicas":2,"selector":{"matchLabels":{"app":"podinfo"}},"strategy":{"rollingUpdate":{"maxUnavailable":"25%","maxSurge":1}},        "template":{"metadata":{"labels":{"app":"podinfo"},"annotations":{"prometheus.io/scrape":"true"}},        "spec":{"containers":[{"name":"podinfod","image":"podinfo:1","env":[{"name":"A","value":"1"},{"name":"B","value":"2"}],        "ports":[{"containerPort":9898,"protocol":"TCP"}],"resources":{"limits":{"cpu":"100m","memory":"256Mi"}}}],        "volumes":[{"name":"data","emptyDir":{}}],"tolerations":[{"key":"k","operator":"Exists"}]}}}}
        """#

    static let json = [
        deployment, "{}", "[]", #"{"a":[1,2.5,-3e7,true,false,null,"x"],"b":{"c":{"d":{}}}}"#, #"{"a":1,"a":2,"b":{"a":1,"a":2}}"#,
        #"{"text":"\u00e9\ud83d\ude00\n\t\"\\/","empty":"","é":"ü"}"#, #"[[[[[[[[{"a":[[[]]]}]]]]]]]]"#, "-0.0e-10", #""\ud800""#,
        "9223372036854775807",
    ]
    static let jsonWords = [
        "{", "}", "[", "]", ":", ",", "\"", "\\u00", "null", "true", "{\"a\":", "[[", "\"a\"", "1e5", "\\", "{\"a\":1,\"a\":2}", "\"spec\":",
    ]

    static let yaml = [
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: a, labels: {x: "1", y: yes}}
        data:
          text: |
            a line
              another
          folded: >-
            some words
            on two lines
          number: 0x1F
          empty:
        ---
        kind: List
        items:
        - &one {a: 1, b: [x, 'y', "z\\n"]}
        - *one
        - <<: *one
          b: !!str 5
        """,
        "a: &x [1, 2]\nb: *x\nc:\n  - - 1\n    - 2\n  - {}\n", "? complex\n: value\n",
        "- 1.5e3\n- .inf\n- ~\n- 2001-01-01\n- 0o17\n- 1_000\n- '''quoted'''\n",
        "a: |+\n  x\n\n\nb: \"\\u00e9\\x41\"\n", "{a: [b, {c: d}], e: }\n",
    ]
    static let yamlWords = [
        "\n", "  ", "- ", ": ", "? ", "&a ", "*a", "<<: ", "!!int ", "!x ", "|\n", ">-\n", "{", "}", "[", "]", "'", "\"", "#", "---\n", "...\n",
        "%YAML 1.1\n", "\t", "~",
        "null", "0x", ".nan", "a", ",",
    ]

    static let mergePatches = [
        #"{"spec":{"replicas":3,"paused":null}}"#, #"{"metadata":{"labels":{"b":"c","app":null},"annotations":{"a":"b"}}}"#, "{}", "null",
        #"{"spec":{"template":{"spec":{"containers":[{"name":"podinfod","image":"x","env":[{"$patch":"delete","name":"A"}]},{"name":"new","image":"y"}]}}}}"#,
        #"{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"podinfod"}],"containers":[{"name":"b","image":"x"}]}}}}"#,
        #"{"metadata":{"$deleteFromPrimitiveList/finalizers":["a/b"],"$setElementOrder/finalizers":["c/d"],"finalizers":["c/d"]}}"#,
        #"{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}"#, #"{"spec":{"template":{"spec":{"volumes":[{"$patch":"replace"}]}}}}"#,
    ]
    static let jsonPatches = [
        #"[{"op":"replace","path":"/spec/replicas","value":5},{"op":"test","path":"/metadata/name","value":"podinfo"}]"#,
        #"[{"op":"add","path":"/metadata/labels/a~1b~0c","value":"x"},{"op":"remove","path":"/metadata/labels/app"}]"#,
        #"[{"op":"copy","from":"/spec/template","path":"/metadata/annotations"},{"op":"move","from":"/metadata/labels","path":"/metadata/annotations"}]"#,
        #"[{"op":"add","path":"/spec/template/spec/containers/0/env/-","value":{"name":"C"}},{"op":"remove","path":"/spec/template/spec/containers/0/env/0"}]"#,
        #"[{"op":"replace","path":"","value":{}}]"#, "[]",
    ]
    static let patchWords =
        jsonWords + [
            "\"$patch\":\"delete\"", "\"$patch\":\"replace\"", "\"$retainKeys\":[", "\"$setElementOrder/containers\":[",
            "\"$deleteFromPrimitiveList/finalizers\":[", "\"op\":",
            "\"add\"", "\"copy\"", "\"path\":\"/", "\"from\":\"/spec\"", "/-", "/0", "~0", "~1",
            "{\"op\":\"copy\",\"from\":\"/spec\",\"path\":\"/spec/x\"},",
            "{\"op\":\"move\",\"from\":\"/spec\",\"path\":\"/x\"},",
        ]

    static let labelSelectors = ["a=b", "environment in (production, qa),tier notin (frontend)", "!partition", "x/y,a!=", "a>1,b<2", "a in (,b)", ""]
    static let fieldSelectors = ["metadata.name=a,status.phase!=Running", "spec.nodeName==n1", #"a=b\,c\=d\"#, ""]
    static let fieldPaths = [
        ".spec.replicas", ".spec.template.spec.containers[*].name", ".metadata.annotations.a\\.b", ".spec.containers[0:2].ports[-1]",
        #".items[?(@.a=="b")].c"#,
        "['metadata']['name']", ".status.conditions[?(@.type==\"Ready\")].status", ".*", "..name",
    ]
    static let patterns = [
        "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", "^\\d{4}-\\d{2}(T|\\s)", "(?i)abc|[^\\p{L}\\x{10FFFF}]+", "(a*)*b",
        "((a{1,9}){1,9}){1,9}",
        "\\b(?P<name>x)\\B", "[[:^alpha:]]", "",
    ]
    static let uris = [
        "/api/v1/namespaces/default/pods/a/log?container=b&follow=true", "/apis/apps/v1/deployments?labelSelector=a%3Db&limit=500&continue=abc",
        "/apis/", "/",
        "/api/v1/watch/namespaces/x/pods?watch=1&resourceVersion=5", "/api/v1/namespaces/kube-system/services/https:a:443/proxy/x/y?z",
        "/openapi/v3/apis/apps/v1?hash=1",
    ]
}

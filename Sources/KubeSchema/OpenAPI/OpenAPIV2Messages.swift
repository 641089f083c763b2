// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The messages of gnostic's `openapi.v2`, as rows: the numbers of the fields, which have the names of the document's members.
///
/// - Source: github.com/google/gnostic openapiv2/OpenAPIv2.proto
enum OpenAPIV2Messages {
    struct Message: Sendable {
        /// In the order of their numbers.
        var fields: [Field]
    }

    struct Field: Sendable {
        /// `x-*` for all members with such names, `*` for all others.
        var name: String
        var number: Int
        var type: FieldType
    }

    indirect enum FieldType: Sendable {
        case string, bool, integer, double
        /// Anything, as YAML text.
        case any
        case message(String)
        case list(FieldType)
        /// A message with pairs of names and values as its field 1.
        case map(FieldType)
        case choice(Choice)
    }

    /// A message of alternatives.
    enum Choice: String, Sendable {
        /// `TypeItem`.
        case typeNames
        /// `ItemsItem`.
        case schemas
        /// `AdditionalPropertiesItem`.
        case schemaOrBool
        /// `ParametersItem`.
        case parameterOrReference
        case parameter
        /// `ResponseValue`.
        case responseOrReference
        /// `SchemaItem`.
        case responseSchema
    }

    static let extensions = "x-*"
    static let rest = "*"
    static let document = message("Document")

    static func message(_ name: String) -> Message { messages[name] ?? Message(fields: []) }

    /// A line a message: its name, then `name:type=number` for each field. `[]` is a list, `{}` a map; `Schema` and the like are messages,
    /// `@` marks a choice.
    private static let messages: [String: Message] = {
        var messages: [String: Message] = [:]
        for line in rows.split(separator: "\n") {
            let words = line.split(separator: " ")
            let fields = words.dropFirst().compactMap(field)
            precondition(fields.count == words.count - 1, "a row of the OpenAPI messages is wrong: \(line)")
            messages[String(words[0])] = Message(fields: fields.sorted { $0.number < $1.number })
        }
        return messages
    }()

    private static func field(_ text: Substring) -> Field? {
        guard let equals = text.lastIndex(of: "="), let colon = text.firstIndex(of: ":"), let number = Int(text[text.index(after: equals)...]),
            let type = type(text[text.index(after: colon)..<equals])
        else { return nil }
        return Field(name: String(text[..<colon]), number: number, type: type)
    }

    private static func type(_ text: Substring) -> FieldType? {
        if text.hasPrefix("[]") { return type(text.dropFirst(2)).map { .list($0) } }
        if text.hasPrefix("{}") { return type(text.dropFirst(2)).map { .map($0) } }
        if text.hasPrefix("@") { return Choice(rawValue: String(text.dropFirst())).map { .choice($0) } }
        switch text {
        case "string": return .string
        case "bool": return .bool
        case "integer": return .integer
        case "double": return .double
        case "any": return .any
        default: return .message(String(text))
        }
    }

    /// `QueryParameter` stands for the parameters of queries and of forms, which are alike; `HeaderParameter` for those of headers and paths.
    private static let rows = """
        Document swagger:string=1 info:Info=2 host:string=3 basePath:string=4 schemes:[]string=5 consumes:[]string=6 produces:[]string=7 \
        paths:Paths=8 definitions:{}Schema=9 parameters:{}@parameter=10 x-*:any=16
        Info title:string=1 version:string=2 description:string=3 termsOfService:string=4 x-*:any=7
        Paths x-*:any=1 *:PathItem=2
        PathItem $ref:string=1 get:Operation=2 put:Operation=3 post:Operation=4 delete:Operation=5 options:Operation=6 head:Operation=7 \
        patch:Operation=8 parameters:[]@parameterOrReference=9 x-*:any=10
        Operation tags:[]string=1 summary:string=2 description:string=3 operationId:string=5 produces:[]string=6 consumes:[]string=7 \
        parameters:[]@parameterOrReference=8 responses:Responses=9 schemes:[]string=10 deprecated:bool=11 x-*:any=13
        Responses *:@responseOrReference=1 x-*:any=2
        Response description:string=1 schema:@responseSchema=2 x-*:any=5
        JsonReference $ref:string=1 description:string=2
        BodyParameter description:string=1 name:string=2 in:string=3 required:bool=4 schema:Schema=5 x-*:any=6
        QueryParameter required:bool=1 in:string=2 description:string=3 name:string=4 allowEmptyValue:bool=5 type:string=6 format:string=7 \
        default:any=10 maximum:double=11 exclusiveMaximum:bool=12 minimum:double=13 exclusiveMinimum:bool=14 maxLength:integer=15 \
        minLength:integer=16 pattern:string=17 maxItems:integer=18 minItems:integer=19 uniqueItems:bool=20 enum:[]any=21 multipleOf:double=22 \
        x-*:any=23
        HeaderParameter required:bool=1 in:string=2 description:string=3 name:string=4 type:string=5 format:string=6 default:any=9 \
        maximum:double=10 exclusiveMaximum:bool=11 minimum:double=12 exclusiveMinimum:bool=13 maxLength:integer=14 minLength:integer=15 \
        pattern:string=16 maxItems:integer=17 minItems:integer=18 uniqueItems:bool=19 enum:[]any=20 multipleOf:double=21 x-*:any=22
        Schema $ref:string=1 format:string=2 title:string=3 description:string=4 default:any=5 multipleOf:double=6 maximum:double=7 \
        exclusiveMaximum:bool=8 minimum:double=9 exclusiveMinimum:bool=10 maxLength:integer=11 minLength:integer=12 pattern:string=13 \
        maxItems:integer=14 minItems:integer=15 uniqueItems:bool=16 maxProperties:integer=17 minProperties:integer=18 required:[]string=19 \
        enum:[]any=20 additionalProperties:@schemaOrBool=21 type:@typeNames=22 items:@schemas=23 allOf:[]Schema=24 properties:{}Schema=25 \
        discriminator:string=26 readOnly:bool=27 externalDocs:ExternalDocs=29 example:any=30 x-*:any=31
        ExternalDocs description:string=1 url:string=2 x-*:any=3
        """
}

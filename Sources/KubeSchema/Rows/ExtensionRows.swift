// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Definitions of custom resources.
    static let extensionRows = """
        package apiextensions/v1 apiextensions.k8s.io/v1 k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1
        type CustomResourceDefinition kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec! CustomResourceDefinitionSpec 2
          status? CustomResourceDefinitionStatus 3
        type CustomResourceDefinitionSpec
          group! string 1
          names! CustomResourceDefinitionNames 3
          scope! string 4 enum=Cluster|Namespaced
          versions! []CustomResourceDefinitionVersion 7 list=atomic
          conversion? *CustomResourceConversion 9
          preserveUnknownFields? bool 10
        type CustomResourceDefinitionNames
          plural! string 1
          singular? string 2
          shortNames? []string 3 list=atomic
          kind! string 4
          listKind? string 5
          categories? []string 6 list=atomic
        type CustomResourceDefinitionVersion
          name! string 1
          served! bool 2
          storage! bool 3
          deprecated? bool 7
          deprecationWarning? *string 8
          schema? *CustomResourceValidation 4
          subresources? *CustomResourceSubresources 5
          additionalPrinterColumns? []CustomResourceColumnDefinition 6 list=atomic
          selectableFields? []SelectableField 9 list=atomic
        type CustomResourceValidation
          openAPIV3Schema? *JSONSchemaProps 1
        type JSONSchemaProps
          id string 1
          $schema string 2
          $ref *string 3
          description string 4
          type string 5
          format string 6
          title string 7
          default *any 8
          maximum *float64 9
          exclusiveMaximum bool 10
          minimum *float64 11
          exclusiveMinimum bool 12
          maxLength *int64 13
          minLength *int64 14
          pattern string 15
          maxItems *int64 16
          minItems *int64 17
          uniqueItems bool 18
          multipleOf *float64 19
          enum []any 20 list=atomic
          maxProperties *int64 21
          minProperties *int64 22
          required []string 23 list=atomic
          items *any 24
          allOf []JSONSchemaProps 25 list=atomic
          oneOf []JSONSchemaProps 26 list=atomic
          anyOf []JSONSchemaProps 27 list=atomic
          not *JSONSchemaProps 28
          properties map:JSONSchemaProps 29
          additionalProperties *any 30
          patternProperties map:JSONSchemaProps 31
          dependencies map:any 32
          additionalItems *any 33
          definitions map:JSONSchemaProps 34
          externalDocs *ExternalDocumentation 35
          example *any 36
          nullable bool 37
          x-kubernetes-preserve-unknown-fields *bool 38
          x-kubernetes-embedded-resource bool 39
          x-kubernetes-int-or-string bool 40
          x-kubernetes-list-map-keys? []string 41 list=atomic
          x-kubernetes-list-type? *string 42
          x-kubernetes-map-type? *string 43
          x-kubernetes-validations []ValidationRule 44 patch=merge key=rule list=map keys=rule
        type ExternalDocumentation
          description string 1
          url string 2
        type ValidationRule
          rule! string 1
          message string 2
          messageExpression? string 3
          reason? *string 4 enum=FieldValueDuplicate|FieldValueForbidden|FieldValueInvalid|FieldValueRequired
          fieldPath? string 5
          optionalOldSelf? *bool 6
        type CustomResourceSubresources
          status? *CustomResourceSubresourceStatus 1
          scale? *CustomResourceSubresourceScale 2
        type CustomResourceSubresourceStatus
        type CustomResourceSubresourceScale
          specReplicasPath! string 1
          statusReplicasPath! string 2
          labelSelectorPath? *string 3
        type CustomResourceColumnDefinition
          name! string 1
          type! string 2
          format? string 3
          description? string 4
          priority? int32 5
          jsonPath! string 6
        type SelectableField
          jsonPath! string 1
        type CustomResourceConversion
          strategy! string 1 enum=None|Webhook
          webhook? *WebhookConversion 2
        type WebhookConversion
          clientConfig? *WebhookClientConfig 2
          conversionReviewVersions! []string 3 list=atomic
        type WebhookClientConfig
          url? *string 3
          service? *ServiceReference 1
          caBundle? bytes 2
        type ServiceReference
          namespace! string 1
          name! string 2
          path? *string 3
          port? *int32 4
        type CustomResourceDefinitionStatus
          conditions!? []CustomResourceDefinitionCondition 1 list=map keys=type
          acceptedNames!? CustomResourceDefinitionNames 2
          storedVersions!? []string 3 list=atomic
          observedGeneration? int64 4
        type CustomResourceDefinitionCondition
          type! string 1 enum=Established|KubernetesAPIApprovalPolicyConformant|NamesAccepted|NonStructuralSchema|StorageMigrating|Terminating
          status! string 2 enum=False|True|Unknown
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
          observedGeneration? int64 6
        package apiextensions/v1beta1 apiextensions.k8s.io/v1beta1 k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1beta1
        type CustomResourceDefinition kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec! CustomResourceDefinitionSpec 2
          status? CustomResourceDefinitionStatus 3
        type CustomResourceDefinitionSpec
          group! string 1
          version? string 2
          names! CustomResourceDefinitionNames 3
          scope! string 4 enum=Cluster|Namespaced
          validation? *CustomResourceValidation 5
          subresources? *CustomResourceSubresources 6
          versions? []CustomResourceDefinitionVersion 7 list=atomic
          additionalPrinterColumns? []CustomResourceColumnDefinition 8 list=atomic
          selectableFields? []SelectableField 11 list=atomic
          conversion? *CustomResourceConversion 9
          preserveUnknownFields? *bool 10
        type CustomResourceDefinitionNames
          plural! string 1
          singular? string 2
          shortNames? []string 3 list=atomic
          kind! string 4
          listKind? string 5
          categories? []string 6 list=atomic
        type CustomResourceValidation
          openAPIV3Schema? *JSONSchemaProps 1
        type JSONSchemaProps
          id string 1
          $schema string 2
          $ref *string 3
          description string 4
          type string 5
          format string 6
          title string 7
          default *any 8
          maximum *float64 9
          exclusiveMaximum bool 10
          minimum *float64 11
          exclusiveMinimum bool 12
          maxLength *int64 13
          minLength *int64 14
          pattern string 15
          maxItems *int64 16
          minItems *int64 17
          uniqueItems bool 18
          multipleOf *float64 19
          enum []any 20 list=atomic
          maxProperties *int64 21
          minProperties *int64 22
          required []string 23 list=atomic
          items *any 24
          allOf []JSONSchemaProps 25 list=atomic
          oneOf []JSONSchemaProps 26 list=atomic
          anyOf []JSONSchemaProps 27 list=atomic
          not *JSONSchemaProps 28
          properties map:JSONSchemaProps 29
          additionalProperties *any 30
          patternProperties map:JSONSchemaProps 31
          dependencies map:any 32
          additionalItems *any 33
          definitions map:JSONSchemaProps 34
          externalDocs *ExternalDocumentation 35
          example *any 36
          nullable bool 37
          x-kubernetes-preserve-unknown-fields *bool 38
          x-kubernetes-embedded-resource bool 39
          x-kubernetes-int-or-string bool 40
          x-kubernetes-list-map-keys? []string 41 list=atomic
          x-kubernetes-list-type? *string 42
          x-kubernetes-map-type? *string 43
          x-kubernetes-validations []ValidationRule 44 patch=merge key=rule list=map keys=rule
        type ExternalDocumentation
          description string 1
          url string 2
        type ValidationRule
          rule! string 1
          message string 2
          messageExpression? string 3
          reason? *string 4 enum=FieldValueDuplicate|FieldValueForbidden|FieldValueInvalid|FieldValueRequired
          fieldPath? string 5
          optionalOldSelf? *bool 6
        type CustomResourceSubresources
          status? *CustomResourceSubresourceStatus 1
          scale? *CustomResourceSubresourceScale 2
        type CustomResourceSubresourceStatus
        type CustomResourceSubresourceScale
          specReplicasPath! string 1
          statusReplicasPath! string 2
          labelSelectorPath? *string 3
        type CustomResourceDefinitionVersion
          name! string 1
          served! bool 2
          storage! bool 3
          deprecated? bool 7
          deprecationWarning? *string 8
          schema? *CustomResourceValidation 4
          subresources? *CustomResourceSubresources 5
          additionalPrinterColumns? []CustomResourceColumnDefinition 6 list=atomic
          selectableFields? []SelectableField 9 list=atomic
        type CustomResourceColumnDefinition
          name! string 1
          type! string 2
          format? string 3
          description? string 4
          priority? int32 5
          JSONPath! string 6
        type SelectableField
          jsonPath! string 1
        type CustomResourceConversion
          strategy! string 1 enum=None|Webhook
          webhookClientConfig? *WebhookClientConfig 2
          conversionReviewVersions? []string 3 list=atomic
        type WebhookClientConfig
          url? *string 3
          service? *ServiceReference 1
          caBundle? bytes 2
        type ServiceReference
          namespace! string 1
          name! string 2
          path? *string 3
          port? *int32 4
        type CustomResourceDefinitionStatus
          conditions!? []CustomResourceDefinitionCondition 1 list=map keys=type
          acceptedNames!? CustomResourceDefinitionNames 2
          storedVersions!? []string 3 list=atomic
          observedGeneration? int64 4
        type CustomResourceDefinitionCondition
          type! string 1 enum=Established|KubernetesAPIApprovalPolicyConformant|NamesAccepted|NonStructuralSchema|Terminating
          status! string 2 enum=False|True|Unknown
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
          observedGeneration? int64 6
        """
}

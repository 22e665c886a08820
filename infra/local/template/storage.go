package template

import "go.yaml.in/yaml/v3"

func (b *builder) table(s *stack, id, res *yaml.Node) error {
	p := s.props("AWS::DynamoDB::Table "+id.Value, field(res, "Properties"))
	t := Table{LogicalID: id.Value, Key: keySchema(p)}
	for _, def := range p.objects("AttributeDefinitions") {
		t.Attributes = append(t.Attributes, Attribute{def.need("AttributeName"), def.need("AttributeType")})
		_ = def.done() // faults are shared with p
	}
	for _, gsi := range p.objects("GlobalSecondaryIndexes") {
		index := Index{Name: gsi.need("IndexName"), Key: keySchema(gsi)}
		if projection := gsi.object("Projection"); projection != nil {
			index.Projection = projection.oneOf("ProjectionType", "ALL", "KEYS_ONLY", "INCLUDE")
			index.NonKey = projection.strs("NonKeyAttributes")
			_ = projection.done()
		}
		gsi.noEffect("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput", "ContributorInsightsSpecification")
		_ = gsi.done()
		t.Indexes = append(t.Indexes, index)
	}
	if ttl := p.object("TimeToLiveSpecification"); ttl != nil {
		if name := ttl.str("AttributeName", ""); ttl.flag("Enabled") {
			t.TTLAttribute = name
		}
		_ = ttl.done()
	}
	p.oneOf("BillingMode", "PAY_PER_REQUEST", "PROVISIONED")
	p.noEffect("TableName", "PointInTimeRecoverySpecification", "SSESpecification", "DeletionProtectionEnabled",
		"Tags", "TableClass", "ContributorInsightsSpecification", "OnDemandThroughput", "WarmThroughput",
		"ProvisionedThroughput", "ResourcePolicy")
	if err := p.done(); err != nil {
		return err
	}
	var err error
	t.Name, err = s.attr(id, "Ref")
	b.model.Tables = append(b.model.Tables, t)
	return err
}

func keySchema(p *props) []KeyElement {
	var key []KeyElement
	for _, element := range p.objects("KeySchema") {
		key = append(key, KeyElement{element.need("AttributeName"), element.need("KeyType")})
		_ = element.done()
	}
	if len(key) == 0 {
		p.fail(p.node, "%s needs KeySchema", p.what)
	}
	return key
}

// bucket keeps only the name: versions, expiry, encryption and access blocks
// protect data in an account and are the disk's business here.
func (b *builder) bucket(s *stack, id, res *yaml.Node) error {
	p := s.props("AWS::S3::Bucket "+id.Value, field(res, "Properties"))
	p.noEffect("BucketName", "BucketEncryption", "PublicAccessBlockConfiguration", "OwnershipControls",
		"LifecycleConfiguration", "VersioningConfiguration", "LoggingConfiguration", "Tags",
		"IntelligentTieringConfigurations", "MetricsConfigurations", "ObjectLockEnabled")
	if err := p.done(); err != nil {
		return err
	}
	name, err := s.attr(id, "Ref")
	b.model.Buckets = append(b.model.Buckets, Bucket{LogicalID: id.Value, Name: name})
	return err
}

func (b *builder) key(s *stack, id, res *yaml.Node) error {
	p := s.props("AWS::KMS::Key "+id.Value, field(res, "Properties"))
	p.oneOf("KeySpec", "SYMMETRIC_DEFAULT")
	p.oneOf("KeyUsage", "ENCRYPT_DECRYPT")
	p.noEffect("Description", "KeyPolicy", "EnableKeyRotation", "RotationPeriodInDays", "PendingWindowInDays",
		"MultiRegion", "Enabled", "Tags", "BypassPolicyLockoutSafetyCheck")
	if err := p.done(); err != nil {
		return err
	}
	attrs, err := s.attrs(id, "KeyId", "Arn")
	if err != nil {
		return err
	}
	b.model.Keys = append(b.model.Keys, Key{LogicalID: id.Value, ID: attrs[0], ARN: attrs[1]})
	return nil
}

func (b *builder) queue(s *stack, id, res *yaml.Node) error {
	p := s.props("AWS::SQS::Queue "+id.Value, field(res, "Properties"))
	q := Queue{
		LogicalID:   id.Value,
		Visibility:  p.seconds("VisibilityTimeout", 30, 0, 43200),
		Delay:       p.seconds("DelaySeconds", 0, 0, 900),
		Retention:   p.seconds("MessageRetentionPeriod", 345600, 60, 1209600),
		ReceiveWait: p.seconds("ReceiveMessageWaitTimeSeconds", 0, 0, 20),
		MaxBytes:    p.number("MaximumMessageSize", 1048576, 1024, 1048576),
	}
	if redrive := p.object("RedrivePolicy"); redrive != nil {
		q.Redrive = &Redrive{
			TargetARN:  redrive.need("deadLetterTargetArn"),
			MaxReceive: redrive.number("maxReceiveCount", 0, 1, 1000),
		}
		_ = redrive.done()
	}
	p.noEffect("QueueName", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled", "Tags", "RedriveAllowPolicy")
	if err := p.done(); err != nil {
		return err
	}
	attrs, err := s.attrs(id, "QueueName", "Arn")
	if err != nil {
		return err
	}
	q.Name, q.ARN = attrs[0], attrs[1]
	if q.Redrive != nil {
		b.uses = append(b.uses, queueUse{s: s, at: id, arn: q.Redrive.TargetARN})
	}
	b.model.Queues = append(b.model.Queues, q)
	return nil
}

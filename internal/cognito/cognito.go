// Package cognito creates the sign-ins of invited people.
package cognito

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// Pool is the user pool.
type Pool struct {
	client *cognitoidentityprovider.Client
	id     string
}

// New returns the pool of that id.
func New(cfg aws.Config, id string) *Pool {
	return &Pool{cognitoidentityprovider.NewFromConfig(cfg), id}
}

// Invite creates a sign-in; Cognito mails the person a first password. A person
// who has one already keeps it.
func (p *Pool) Invite(ctx context.Context, email string) error {
	_, err := p.client.AdminCreateUser(ctx, &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: &p.id, Username: &email, DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
		UserAttributes: []types.AttributeType{
			{Name: aws.String("email"), Value: &email}, {Name: aws.String("email_verified"), Value: aws.String("true")},
		},
	})
	var exists *types.UsernameExistsException
	if err != nil && !errors.As(err, &exists) {
		return desk.Errorf(desk.Unavailable, "invite_failed", "inviting a person: %w", err)
	}
	return nil
}

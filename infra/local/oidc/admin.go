package oidc

import (
	"context"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/quilldesk/quilldesk/infra/local/awsjson"
)

// admin is the part of Cognito's API by which people come and go.
//
// Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/
func (s *Server) admin() *awsjson.Service {
	return &awsjson.Service{Prefix: "AWSCognitoIdentityProviderService", Version: "1.1", Operations: map[string]awsjson.Operation{
		"AdminCreateUser": awsjson.Op(s.adminCreateUser),
		"AdminDeleteUser": awsjson.Op(s.adminDeleteUser),
	}}
}

type attribute struct{ Name, Value string }

type adminCreateUserInput struct {
	UserPoolID     string `json:"UserPoolId"`
	Username       string
	UserAttributes []attribute
	// MessageAction is SUPPRESS or RESEND. No invitation is sent on one
	// machine, by whatever medium: the person simply shows on the page.
	MessageAction          string
	DesiredDeliveryMediums []string
}

type adminUser struct {
	Username             string
	Attributes           []attribute
	Enabled              bool
	UserStatus           string
	UserCreateDate       awsjson.Time
	UserLastModifiedDate awsjson.Time
}

type adminCreateUserOutput struct{ User adminUser }

func (s *Server) adminCreateUser(_ context.Context, in *adminCreateUserInput) (*adminCreateUserOutput, error) {
	email, err := s.checkNewUser(in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, exists := s.person(email)
	switch resend := in.MessageAction == "RESEND"; {
	case resend && !exists:
		return nil, awsjson.Errorf("UserNotFoundException", "User does not exist.")
	case resend:
		return s.describe(p), nil
	case exists:
		return nil, awsjson.Errorf("UsernameExistsException", "An account with the given email already exists.")
	}
	p = Person{Sub: uuid.NewString(), Email: email, Name: value(in.UserAttributes, "name"),
		Unverified: value(in.UserAttributes, "email_verified") != "true"}
	if err := s.change(func(st *state) { st.Changes[strings.ToLower(email)] = &p }); err != nil {
		return nil, err
	}
	return s.describe(p), nil
}

// checkNewUser returns the e-mail address of the person to create.
func (s *Server) checkNewUser(in *adminCreateUserInput) (string, error) {
	if in.UserPoolID != s.poolID() {
		return "", noPool(in.UserPoolID)
	}
	if !slices.Contains([]string{"", "SUPPRESS", "RESEND"}, in.MessageAction) {
		return "", awsjson.Errorf("InvalidParameterException", "Invalid message action.")
	}
	address, err := mail.ParseAddress(in.Username)
	if err != nil || address.Address != in.Username {
		return "", awsjson.Errorf("InvalidParameterException", "Username should be an email.")
	}
	for _, a := range in.UserAttributes {
		if !slices.Contains([]string{"email", "email_verified", "name"}, a.Name) {
			return "", awsjson.Errorf("InvalidParameterException", "Attributes did not conform to the schema: %s is not offered by this service.", a.Name)
		}
	}
	if email := value(in.UserAttributes, "email"); email != "" && !strings.EqualFold(email, in.Username) {
		return "", awsjson.Errorf("InvalidParameterException", "The email attribute differs from the username.")
	}
	return in.Username, nil
}

func noPool(id string) error {
	return awsjson.Errorf("ResourceNotFoundException", "User pool %s does not exist.", id)
}

func value(attributes []attribute, name string) string {
	for _, a := range attributes {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

func (s *Server) describe(p Person) *adminCreateUserOutput {
	now := awsjson.Time(s.config.Now())
	attributes := []attribute{{"sub", p.Sub}, {"email", p.Email}, {"email_verified", strconv.FormatBool(!p.Unverified)}}
	if p.Name != "" {
		attributes = append(attributes, attribute{"name", p.Name})
	}
	return &adminCreateUserOutput{adminUser{p.Sub, attributes, true, "FORCE_CHANGE_PASSWORD", now, now}}
}

type adminDeleteUserInput struct {
	UserPoolID string `json:"UserPoolId"`
	Username   string
}

func (s *Server) adminDeleteUser(_ context.Context, in *adminDeleteUserInput) (*struct{}, error) {
	if in.UserPoolID != s.poolID() {
		return nil, noPool(in.UserPoolID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.person(in.Username)
	if !ok {
		return nil, awsjson.Errorf("UserNotFoundException", "User does not exist.")
	}
	return &struct{}{}, s.change(func(st *state) {
		st.Changes[strings.ToLower(p.Email)] = nil
		for id, g := range st.Refresh {
			if strings.EqualFold(g.Email, p.Email) {
				delete(st.Refresh, id)
			}
		}
	})
}

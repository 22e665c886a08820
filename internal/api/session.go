package api

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"slices"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

// GetSession says who the caller is.
func (s *Server) GetSession(ctx context.Context, _ GetSessionRequestObject) (GetSessionResponseObject, error) {
	session, err := s.session(ctx)
	return GetSession200JSONResponse(session), err
}

func (s *Server) session(ctx context.Context) (Session, error) {
	out := Session{
		Stores: list(desk.Stores, func(i desk.StoreInfo) StoreInfo {
			return StoreInfo{Store: string(i.Store), Marketplace: string(i.Marketplace), Name: i.Name}
		}),
		Languages: list(desk.Languages, text[desk.Language]),
		Ai:        s.ai(),
		Oauth:     s.signInProviders(),
	}
	caller, err := s.caller(ctx)
	if desk.CodeOf(err) == "no_organisation" {
		p, _ := s.person(ctx)
		out.Member = Member{Email: p.Email, Name: ptr(p.Name), Role: Owner}
		out.CanCreateOrganisation = ptr(s.mayCreate(p))
		return out, nil
	}
	if err != nil {
		return out, err
	}
	o, err := s.Table.Organisation(ctx, caller.Org)
	if err != nil {
		return out, err
	}
	out.Member = member(caller.Member)
	out.Organisation = &Organisation{
		Id: string(o.ID), Name: o.Name, Signature: o.Signature, Categories: list(o.Categories, text[desk.Category]),
		Language: deskLanguage(o), KnowledgeLanguage: ptr(string(o.KnowledgeLanguage)), Tone: o.Tone, StoreFacts: storeFacts(o),
	}
	return out, nil
}

func (s *Server) ai() AIStatus {
	switch s.AI {
	case "offline":
		return AIStatus{Mode: AIStatusModeOffline}
	case "off":
		return AIStatus{Mode: AIStatusModeOff}
	default:
		return AIStatus{Mode: AIStatusModeModel, Model: &s.AI}
	}
}

func (s *Server) mayCreate(p Person) bool {
	return s.NewOrganisations || strings.EqualFold(p.Email, s.Owner)
}

func member(m desk.Member) Member {
	return Member{Email: m.Email, Name: ptr(m.Name), Role: Role(m.Role)}
}

// CreateOrganisation makes the caller the owner of a new organisation.
func (s *Server) CreateOrganisation(ctx context.Context, r CreateOrganisationRequestObject) (CreateOrganisationResponseObject, error) {
	p, ok := s.person(ctx)
	if !ok || !s.mayCreate(p) {
		return nil, desk.Errorf(desk.Denied, "may_not_create", "only the owner of this installation may create an organisation")
	}
	name := strings.TrimSpace(r.Body.Name)
	if name == "" {
		return nil, desk.Errorf(desk.Invalid, "name_missing", "an organisation needs a name")
	}
	if len(name) > maxFilter {
		return nil, desk.Errorf(desk.Invalid, "request_invalid", "the name is too long")
	}
	id := make([]byte, 6)
	_, _ = rand.Read(id) // never fails
	o := desk.Organisation{
		ID:   desk.OrgID(strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(id))),
		Name: name, CreatedAt: s.Now().UTC(), Signature: name, Language: desk.Language(value(r.Body.Language)),
	}
	err := s.Table.CreateOrganisation(ctx, o, desk.Member{Email: p.Email, Name: p.Name, Role: desk.Owner})
	if desk.KindOf(err) == desk.Conflict {
		err = desk.Errorf(desk.Conflict, "has_organisation", "this address belongs to an organisation already")
	}
	if err != nil {
		return nil, err
	}
	session, err := s.session(ctx)
	return CreateOrganisation201JSONResponse(session), err
}

// ChangeOrganisation changes its name, signature or own categories.
func (s *Server) ChangeOrganisation(ctx context.Context, r ChangeOrganisationRequestObject) (ChangeOrganisationResponseObject, error) {
	caller, err := s.manager(ctx)
	if err != nil {
		return nil, err
	}
	o, err := s.Table.Organisation(ctx, caller.Org)
	if err != nil {
		return nil, err
	}
	if r.Body.Name != nil && strings.TrimSpace(*r.Body.Name) != "" {
		o.Name = strings.TrimSpace(*r.Body.Name)
	}
	if r.Body.Signature != nil {
		o.Signature = strings.TrimSpace(*r.Body.Signature)
	}
	if r.Body.Categories != nil {
		o.Categories = list(*r.Body.Categories, func(c string) desk.Category { return desk.Category(strings.TrimSpace(c)) })
	}
	if err := assistance(&o, r.Body); err != nil {
		return nil, err
	}
	if err := modest(o); err != nil {
		return nil, err
	}
	if err := s.Table.ChangeOrganisation(ctx, o); err != nil {
		return nil, err
	}
	session, err := s.session(ctx)
	return ChangeOrganisation200JSONResponse(session), err
}

// modest checks an organisation's names against what an item and a key can hold.
func modest(o desk.Organisation) error {
	wrong := len(o.Name) > maxFilter || len(o.Signature) > 2000 || len(o.Categories) > 100 ||
		slices.ContainsFunc(o.Categories, func(c desk.Category) bool { return c == "" || len(c) > maxFilter })
	if wrong {
		return desk.Errorf(desk.Invalid, "request_invalid", "a name is empty or too long")
	}
	return nil
}

// ListMembers lists everybody.
func (s *Server) ListMembers(ctx context.Context, _ ListMembersRequestObject) (ListMembersResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	members, err := s.Table.Members(ctx, caller.Org)
	return ListMembers200JSONResponse(list(members, member)), err
}

// PutMember invites a person or changes their role. There is one owner.
func (s *Server) PutMember(ctx context.Context, r PutMemberRequestObject) (PutMemberResponseObject, error) {
	caller, err := s.manager(ctx)
	if err != nil {
		return nil, err
	}
	m := desk.Member{Email: strings.ToLower(strings.TrimSpace(r.Body.Email)), Name: strings.TrimSpace(value(r.Body.Name)), Role: desk.Role(r.Body.Role)}
	if _, _, err := mailbox.SplitAddress(m.Email); err != nil {
		return nil, err
	}
	known, err := s.Table.Members(ctx, caller.Org)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(known, func(k desk.Member) bool { return k.Email == m.Email })
	if !m.Role.Valid() || (m.Role == desk.Owner) != (i >= 0 && known[i].Role == desk.Owner) {
		return nil, desk.Errorf(desk.Denied, "one_owner", "an organisation has one owner, and stays with them")
	}
	if i < 0 {
		if err := s.People.Invite(ctx, m.Email); err != nil {
			return nil, err
		}
	}
	err = s.Table.PutMember(ctx, caller.Org, m)
	if desk.KindOf(err) == desk.Conflict {
		err = desk.Errorf(desk.Conflict, "in_other_organisation", "this address belongs to another organisation")
	}
	return PutMember200JSONResponse(member(m)), err
}

// RemoveMember takes a person's access away.
func (s *Server) RemoveMember(ctx context.Context, r RemoveMemberRequestObject) (RemoveMemberResponseObject, error) {
	caller, err := s.manager(ctx)
	if err != nil {
		return nil, err
	}
	email := strings.ToLower(r.Email)
	members, err := s.Table.Members(ctx, caller.Org)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(members, func(m desk.Member) bool { return m.Email == email })
	switch {
	case i < 0:
		return nil, desk.Errorf(desk.NotFound, "not_found", "there is no such member")
	case members[i].Role == desk.Owner:
		return nil, desk.Errorf(desk.Denied, "one_owner", "the owner cannot be removed")
	}
	return RemoveMember204Response{}, s.Table.RemoveMember(ctx, caller.Org, email)
}

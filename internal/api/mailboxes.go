package api

import (
	"context"
	"strings"

	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
)

// testFailed carries a failed connection test to the problem that reports it.
type testFailed struct {
	err  error
	test mailbox.Test
}

func (t *testFailed) Error() string { return t.err.Error() }
func (t *testFailed) Unwrap() error { return t.err }

// withTest attaches a test to the error it caused.
func withTest(err error, t mailbox.Test) error {
	if desk.CodeOf(err) == "mailbox_test_failed" {
		return &testFailed{err, t}
	}
	return err
}

func mailboxOut(box desk.Mailbox, sync desk.Sync) Mailbox {
	out := Mailbox{
		Id: string(box.ID), Address: box.Address, Name: box.Name, Provider: box.Provider, Imap: endpoint(box.IMAP), Smtp: endpoint(box.SMTP),
		Folders: list(box.Folders, text[string]), Stores: list(box.Stores, text[desk.Store]), Members: list(box.Members, text[string]),
		Oauth: ptr(SignInProvider(box.OAuth)), AppendSent: box.AppendSent, State: MailboxState(sync.State), Code: ptr(sync.Code), Detail: ptr(sync.Detail),
		CheckedAt: ptrTime(sync.CheckedAt), Counts: counts(sync.Counts),
	}
	if sync.Aside > 0 {
		out.Aside = &sync.Aside
	}
	if !sync.LastMailAt.Equal(box.CreatedAt) {
		out.LastMailAt = ptrTime(sync.LastMailAt)
	}
	if sync.State == desk.SyncBackoff { // else a person is waited for first
		out.NextTry = ptrTime(sync.NextTry)
	}
	if box.Purging {
		out.State, out.DeletingOf = Deleting, ptr(box.PurgedOf)
	}
	return out
}

// ListMailboxes lists the mailboxes open to the caller with their live state.
func (s *Server) ListMailboxes(ctx context.Context, _ ListMailboxesRequestObject) (ListMailboxesResponseObject, error) {
	caller, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	syncs, _, err := s.Table.Pulse(ctx, caller.Org)
	if err != nil {
		return nil, err
	}
	by := map[desk.MailboxID]desk.Sync{}
	for _, sync := range syncs {
		by[sync.Mailbox] = sync
	}
	exports, err := s.exports(ctx, caller)
	if err != nil {
		return nil, err
	}
	return ListMailboxes200JSONResponse(list(caller.Boxes, func(box desk.Mailbox) Mailbox {
		out := mailboxOut(box, by[box.ID])
		out.Export = exports[box.ID]
		return out
	})), nil
}

// RecogniseMailbox finds an address's provider.
func (s *Server) RecogniseMailbox(ctx context.Context, r RecogniseMailboxRequestObject) (RecogniseMailboxResponseObject, error) {
	if _, err := s.manager(ctx); err != nil {
		return nil, err
	}
	found, err := s.recognise(ctx, r.Body.Address, value(r.Body.Provider))
	if err != nil {
		return nil, err
	}
	return RecogniseMailbox200JSONResponse{
		Provider: found.ID, Name: found.Name, How: RecognitionHow(found.How), Imap: endpoint(found.IMAP), Smtp: endpoint(found.SMTP),
		Secret: RecognitionSecret(found.Secret), Steps: []string{"steps." + found.ID}, AppendSent: !found.SavesSent, OauthOnly: ptr(found.Secret == "oauth"),
		Oauth:   ptr(SignInProvider(found.OAuth)),
		Choices: list(mailbox.Presets(), func(p mailbox.Preset) ProviderChoice { return ProviderChoice{Provider: p.ID, Name: p.Name} }),
	}, nil
}

func (s *Server) recognise(ctx context.Context, address, provider string) (mailbox.Recognition, error) {
	if provider != "" {
		return mailbox.Choose(address, provider)
	}
	return mailbox.Recognise(ctx, address, s.DNS)
}

func (in MailboxBinding) domain() mailbox.Binding {
	b := mailbox.Binding{
		Address: in.Address, Name: value(in.Name), Provider: value(in.Provider), IMAP: in.Imap.domain(), SMTP: in.Smtp.domain(),
		User: in.User, Password: value(in.Password), Grant: value(in.Grant), Folders: value(in.Folders), ImportDays: 30, AppendSent: in.AppendSent,
	}
	if in.ImportDays != nil {
		b.ImportDays = *in.ImportDays
	}
	for _, store := range value(in.Stores) {
		b.Stores = append(b.Stores, desk.Store(store))
	}
	for _, email := range value(in.Members) {
		b.Members = append(b.Members, strings.ToLower(email))
	}
	return b
}

// TestMailbox tries a mailbox and stores nothing.
func (s *Server) TestMailbox(ctx context.Context, r TestMailboxRequestObject) (TestMailboxResponseObject, error) {
	caller, err := s.manager(ctx)
	if err != nil {
		return nil, err
	}
	binding, err := s.granted(ctx, caller, r.Body.domain())
	if err != nil {
		return nil, err
	}
	return TestMailbox200JSONResponse(connectionTest(s.Binder.Test(ctx, binding))), nil
}

// BindMailbox tests and stores a mailbox and starts its first fetch.
func (s *Server) BindMailbox(ctx context.Context, r BindMailboxRequestObject) (BindMailboxResponseObject, error) {
	caller, err := s.manager(ctx)
	if err != nil {
		return nil, err
	}
	binding, err := s.granted(ctx, caller, r.Body.domain())
	if err != nil {
		return nil, err
	}
	box, test, err := s.Binder.Bind(ctx, caller.Org, binding)
	if err != nil {
		return nil, withTest(err, test)
	}
	if err := s.Work.Fetch(ctx, desk.Job{Org: caller.Org, Mailbox: box.ID}); err != nil {
		return nil, err
	}
	return BindMailbox201JSONResponse(mailboxOut(box, desk.Sync{State: desk.SyncRunning})), nil
}

// ChangeMailbox changes how a mailbox is used.
func (s *Server) ChangeMailbox(ctx context.Context, r ChangeMailboxRequestObject) (ChangeMailboxResponseObject, error) {
	caller, err := s.manager(ctx)
	if err != nil {
		return nil, err
	}
	box, err := caller.Box(desk.MailboxID(r.Mailbox))
	if err != nil {
		return nil, err
	}
	if r.Body.Name != nil {
		box.Name = *r.Body.Name
	}
	if r.Body.AppendSent != nil {
		box.AppendSent = *r.Body.AppendSent
	}
	if len(value(r.Body.Folders)) > 0 {
		box.Folders = *r.Body.Folders
	}
	if len(value(r.Body.Stores)) > 0 {
		box.Stores = list(*r.Body.Stores, func(s string) desk.Store { return desk.Store(s) })
	}
	if r.Body.Members != nil {
		box.Members = list(*r.Body.Members, strings.ToLower)
	}
	if err := mailbox.CheckUse(box); err != nil {
		return nil, err
	}
	renewed := value(r.Body.Password) != ""
	if renewed {
		var test mailbox.Test
		if box.Sealed, test, err = s.Binder.NewPassword(ctx, box, *r.Body.Password); err != nil {
			return nil, withTest(err, test)
		}
	}
	if err := s.Table.ChangeMailbox(ctx, box); err != nil {
		return nil, err
	}
	if renewed {
		if err := s.tryAgain(ctx, caller.Org, box.ID); err != nil {
			return nil, err
		}
	}
	sync, err := s.Table.Sync(ctx, caller.Org, box.ID)
	return ChangeMailbox200JSONResponse(mailboxOut(box, sync)), err
}

// tryAgain ends a mailbox's back-off and fetches it now.
func (s *Server) tryAgain(ctx context.Context, org desk.OrgID, id desk.MailboxID) error {
	sync, err := s.Table.Sync(ctx, org, id)
	if err != nil {
		return err
	}
	if !sync.NextTry.IsZero() {
		sync.NextTry, sync.Failures = sync.CheckedAt, 0
		if err := s.Table.Note(ctx, sync); err != nil && desk.KindOf(err) != desk.Conflict {
			return err
		}
	}
	return s.Work.Fetch(ctx, desk.Job{Org: org, Mailbox: id})
}

// SyncMailbox looks for new mail now.
func (s *Server) SyncMailbox(ctx context.Context, r SyncMailboxRequestObject) (SyncMailboxResponseObject, error) {
	caller, err := s.writer(ctx)
	if err != nil {
		return nil, err
	}
	box, err := caller.Box(desk.MailboxID(r.Mailbox))
	if err != nil {
		return nil, err
	}
	return SyncMailbox202Response{}, s.tryAgain(ctx, caller.Org, box.ID)
}

// UnbindMailbox deletes a mailbox here and everything that came through it.
func (s *Server) UnbindMailbox(ctx context.Context, r UnbindMailboxRequestObject) (UnbindMailboxResponseObject, error) {
	caller, err := s.manager(ctx)
	if err != nil {
		return nil, err
	}
	box, err := caller.Box(desk.MailboxID(r.Mailbox))
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(strings.TrimSpace(r.Params.Confirm), box.Address) {
		return nil, desk.Errorf(desk.Invalid, "confirm_address", "type the address of the mailbox to delete it")
	}
	sync, err := s.Table.Sync(ctx, caller.Org, box.ID)
	if err != nil {
		return nil, err
	}
	if !box.Purging {
		box.Purging, box.PurgedOf = true, counts(sync.Counts).All
		if err := s.Table.ChangeMailbox(ctx, box); err != nil {
			return nil, err
		}
	}
	return UnbindMailbox202JSONResponse(mailboxOut(box, sync)), s.Work.Purge(ctx, desk.Job{Org: caller.Org, Mailbox: box.ID})
}

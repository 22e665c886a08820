package api

import (
	"context"
	"maps"
	"slices"

	"github.com/quilldesk/quilldesk/internal/access"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/mailbox"
	"github.com/quilldesk/quilldesk/internal/oauth"
)

// signInProviders are the sign-ins that are set up.
func (s *Server) signInProviders() []SignInProvider {
	return list(slices.Sorted(maps.Keys(s.SignIns.Providers)), func(id string) SignInProvider { return SignInProvider(id) })
}

// StartSignIn begins a sign-in at a mail provider.
func (s *Server) StartSignIn(ctx context.Context, r StartSignInRequestObject) (StartSignInResponseObject, error) {
	caller, err := s.manager(ctx)
	if err != nil {
		return nil, err
	}
	signIn := desk.SignIn{Org: caller.Org, Member: caller.Member.Email, Provider: string(r.Body.Provider), Address: r.Body.Address, Redirect: r.Body.Redirect}
	if id := value(r.Body.Mailbox); id != "" {
		box, err := caller.Box(desk.MailboxID(id))
		if err != nil {
			return nil, err
		}
		if box.OAuth != signIn.Provider {
			return nil, desk.Errorf(desk.Invalid, "request_invalid", "this mailbox does not sign in there")
		}
		signIn.Mailbox, signIn.Address = box.ID, box.Address
	}
	if _, _, err := mailbox.SplitAddress(signIn.Address); err != nil {
		return nil, err
	}
	page, err := s.SignIns.Start(ctx, signIn)
	return StartSignIn200JSONResponse{Url: page}, err
}

// FinishSignIn ends a sign-in: for a new mailbox with a grant to bind it with, for
// a bound one by giving it the new tokens.
func (s *Server) FinishSignIn(ctx context.Context, r FinishSignInRequestObject) (FinishSignInResponseObject, error) {
	caller, err := s.manager(ctx)
	if err != nil {
		return nil, err
	}
	answer := oauth.Answer{State: r.Body.State, Code: value(r.Body.Code), Error: value(r.Body.Error), Description: value(r.Body.Description)}
	signIn, tokens, err := s.SignIns.Finish(ctx, caller.Org, caller.Member.Email, answer)
	if err != nil {
		return nil, err
	}
	out := FinishSignIn200JSONResponse{Provider: SignInProvider(signIn.Provider), Address: signIn.Address, Account: ptr(tokens.User)}
	if signIn.Mailbox == "" {
		grant, err := s.SignIns.Keep(ctx, signIn, tokens)
		out.Grant = &grant.ID
		return out, err
	}
	box, err := s.signedInAgain(ctx, caller, signIn.Mailbox, tokens)
	out.Mailbox = &box
	return out, err
}

// signedInAgain gives a bound mailbox new tokens, if they open it, and fetches it.
func (s *Server) signedInAgain(ctx context.Context, caller access.Caller, id desk.MailboxID, tokens desk.Credentials) (Mailbox, error) {
	box, err := caller.Box(id)
	if err != nil {
		return Mailbox{}, err
	}
	if test, err := s.Binder.SignInAgain(ctx, box, tokens); err != nil {
		return Mailbox{}, withTest(err, test)
	}
	if err := s.SignIns.Renew(ctx, caller.Org, box.ID, tokens); err != nil {
		return Mailbox{}, err
	}
	if err := s.tryAgain(ctx, caller.Org, box.ID); err != nil {
		return Mailbox{}, err
	}
	sync, err := s.Table.Sync(ctx, caller.Org, box.ID)
	return mailboxOut(box, sync), err
}

// granted adds to a binding what its sign-in gave, if it has one.
func (s *Server) granted(ctx context.Context, caller access.Caller, in mailbox.Binding) (mailbox.Binding, error) {
	if in.Grant == "" {
		return in, nil
	}
	var err error
	in.SignIn, err = s.SignIns.Granted(ctx, caller.Org, caller.Member.Email, in.Grant)
	return in, err
}

package api

import (
	"context"

	"github.com/quilldesk/quilldesk/internal/desk"
)

// ListMarketplaceRules lists the rules of the outgoing check.
func (s *Server) ListMarketplaceRules(ctx context.Context, _ ListMarketplaceRulesRequestObject) (ListMarketplaceRulesResponseObject, error) {
	return nil, desk.Errorf(desk.Internal, "internal", "not yet")
}

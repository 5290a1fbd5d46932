package wire

// TokenResponse is schema TokenResponse (docs: AuthorizationCode, RefreshAccessTokens).
type TokenResponse struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token,omitzero"`
	More         More   `json:",inline"`
}

// OAuthError is schema OAuthError (docs: RefreshAccessTokens).
type OAuthError struct {
	Error            string  `json:"error"`
	ErrorDescription *string `json:"error_description,omitzero"`
	More             More    `json:",inline"`
}

namespace Microsoft.Azure.Functions.Worker.Http;

public enum SameSite
{
    None = 0,
    Lax = 1,
    Strict = 2,
    ExplicitNone = 3,
}

public interface IHttpCookie
{
    string Name { get; }

    string Value { get; }

    string? Domain { get; }

    string? Path { get; }

    DateTimeOffset? Expires { get; }

    double? MaxAge { get; }

    bool? Secure { get; }

    bool? HttpOnly { get; }

    SameSite SameSite { get; }
}

using System.Diagnostics.CodeAnalysis;

namespace FleetChat.Core;

/// <summary>What a use case answers when both outcomes are expected: a value, or an error from its slice's catalogue.</summary>
public readonly struct Result<T>
{
    private readonly T? _value;

    private Result(T? value, Error? error) => (_value, Error) = (value, error);

    public Error? Error { get; }

    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsOk => Error is null;

    /// <exception cref="InvalidOperationException">There is an error instead.</exception>
    public T Value => IsOk ? _value! : throw new InvalidOperationException($"no value but the error {Error.Code}");

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Error error) => new(default, error);
}

/// <summary>An expected failure.</summary>
/// <param name="Code">Stable, part of the API, never reused: <c>slice.what</c>.</param>
/// <param name="Message">One sentence that tells the reader what to do. No secrets, no contents.</param>
public sealed record Error(ErrorKind Kind, string Code, string Message)
{
    /// <summary>JSON path of the field that is wrong, for <see cref="ErrorKind.Invalid"/>.</summary>
    public string? Field { get; init; }

    public static Error Invalid(string code, string message, string? field = null) => new(ErrorKind.Invalid, code, message) { Field = field };

    public static Error NotFound(string code, string message) => new(ErrorKind.NotFound, code, message);

    public static Error Conflict(string code, string message) => new(ErrorKind.Conflict, code, message);

    /// <summary>What the caller changes is not any more what he saw.</summary>
    public static Error Stale(string code, string message) => new(ErrorKind.Stale, code, message);

    /// <summary>Somebody outside has to answer first; the same request may pass later.</summary>
    public static Error Unavailable(string code, string message) => new(ErrorKind.Unavailable, code, message);

    /// <summary>Understood, and at odds with what the caller said before.</summary>
    public static Error Unprocessable(string code, string message) => new(ErrorKind.Unprocessable, code, message);

    public static Error Forbidden(string code, string message) => new(ErrorKind.Forbidden, code, message);
}

public enum ErrorKind
{
    Invalid,
    NotFound,
    Conflict,
    Forbidden,
    Stale,
    Unavailable,
    Unprocessable,
}

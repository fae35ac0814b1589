using FleetChat.Core;

namespace FleetChat.Functions.Http;

/// <summary>What an HTTP function answers with when all is well, as JSON.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AnswersAttribute(Type body, string meaning) : Attribute
{
    public Type Body { get; } = body;

    public string Meaning { get; } = meaning;

    public int Status { get; init; } = 200;

    /// <summary>Whether the header ETag shows a version, for If-Match.</summary>
    public bool HasETag { get; init; }
}

/// <summary>What an HTTP function answers with that is no JSON.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AnswersWithAttribute(string contentType, string meaning) : Attribute
{
    public string ContentType { get; } = contentType;

    public string Meaning { get; } = meaning;
}

/// <summary>The JSON body that an HTTP function reads.</summary>
/// <param name="example">JSON that it takes.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TakesAttribute(Type body, string example) : Attribute
{
    public Type Body { get; } = body;

    public string Example { get; } = example;

    /// <summary>Whether the body may be left out.</summary>
    public bool IsOptional { get; init; }
}

/// <summary>The body that an HTTP function takes as it is.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TakesFileAttribute(string contentType) : Attribute
{
    public string ContentType { get; } = contentType;
}

/// <summary>A parameter of the query, beside <c>cursor</c> and <c>limit</c>, which every page has.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class QueryAttribute(string name, string meaning, params string[] words) : Attribute
{
    /// <inheritdoc cref="OneOfAttribute(Type)"/>
    public QueryAttribute(string name, string meaning, Type vocabulary)
        : this(name, meaning, [.. new OneOfAttribute(vocabulary).Words])
    {
    }

    /// <inheritdoc cref="OneOfAttribute(Type, string)"/>
    public QueryAttribute(string name, string meaning, Type type, string list)
        : this(name, meaning, [.. new OneOfAttribute(type, list).Words])
    {
    }

    public string Name { get; } = name;

    public string Meaning { get; } = meaning;

    /// <summary>It is one of them; empty: it is not one of a few.</summary>
    public IReadOnlyList<string> Words { get; } = words;

    /// <summary>Whether it is an id of ours.</summary>
    public bool IsId { get; init; }
}

/// <summary>A parameter of the path that is no id of ours, as all others are.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class PathTextAttribute(string name, string meaning) : Attribute
{
    public string Name { get; } = name;

    public string Meaning { get; } = meaning;
}

/// <summary>A POST that does its work once for each Idempotency-Key.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OncePerKeyAttribute : Attribute;

/// <summary>A change for which the caller names the version that he saw.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IfMatchAttribute : Attribute;

/// <summary>Statuses of refusals beside those that its method, body and path make possible anyway.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RefusesAttribute(params int[] statuses) : Attribute
{
    public IReadOnlyList<int> Statuses { get; } = statuses;
}

using System.Globalization;
using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using FleetChat.Core;

namespace FleetChat.Functions.Http;

/// <summary>One way in which a request is refused.</summary>
/// <param name="Detail">What stands for a value is in braces: <c>{longest}</c>.</param>
/// <param name="Header">That comes with it.</param>
public sealed record CatalogedError(string Code, HttpStatusCode Status, string Detail, string? Field, string? Header);

/// <summary>
/// All that a caller can be refused with, read from where it is said: a static field, or a static method that takes what only the
/// request knows. A test keeps errors from being made elsewhere. Nothing of it is built before somebody asks.
/// </summary>
public static class ErrorCatalog
{
    private const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>What makes errors for others has a parameter of this name: the sentence.</summary>
    private static readonly string[] s_sentences = ["message", "detail"];

    /// <returns>By code; a code may say several things.</returns>
    public static IReadOnlyList<CatalogedError> Read() =>
    [
        .. new[] { typeof(Error).Assembly, typeof(Problem).Assembly }.Distinct()
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => OfFields(type).Concat(OfMethods(type)))
            .Distinct()
            .OrderBy(error => error.Code, StringComparer.Ordinal).ThenBy(error => error.Field, StringComparer.Ordinal).ThenBy(error => error.Detail, StringComparer.Ordinal),
    ];

    private static IEnumerable<CatalogedError> OfFields(Type type)
        => type.GetFields(Statics).Where(field => IsError(field.FieldType)).Select(field => Of(field.GetValue(null)!));

    private static IEnumerable<CatalogedError> OfMethods(Type type)
        => type.GetMethods(Statics).Where(IsCataloged).Select(Of);

    private static bool IsCataloged(MethodInfo method)
        => IsError(method.ReturnType) && !method.ContainsGenericParameters && !method.IsDefined(typeof(CompilerGeneratedAttribute))
            && method.GetParameters().All(parameter => !s_sentences.Contains(parameter.Name) && Samples.Has(parameter.ParameterType));

    private static bool IsError(Type type) => type == typeof(Error) || type == typeof(Problem) || type == typeof(RequestRefusedException);

    private static CatalogedError Of(MethodInfo method)
    {
        var samples = method.GetParameters().Select((parameter, at) => new Samples(parameter, at)).ToArray();
        var error = Of(method.Invoke(null, [.. samples.Select(sample => sample.Value)])!);
        return error with { Detail = Named(error.Detail), Field = error.Field is { } field ? Named(field) : null };

        string Named(string text) => samples.Aggregate(text, (named, sample) => sample.Name(named));
    }

    private static CatalogedError Of(object made) => made switch
    {
        Error error => Of(ProblemResponses.Of(error)),
        RequestRefusedException refused => Of(refused.Problem),
        Problem problem => new(problem.Code, problem.Status, problem.Detail, problem.Field, problem.Header?.Name),
        _ => throw new ArgumentOutOfRangeException(nameof(made), made, "no error"),
    };

    /// <summary>What a method is given, so that its sentence shows the parameter's name in the value's place.</summary>
    private sealed class Samples(ParameterInfo parameter, int at)
    {
        // No sentence says such a number of itself.
        private readonly int _number = int.MaxValue - at;

        private readonly string _name = $"{{{JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Name!)}}}";

        public static bool Has(Type type) => type == typeof(string) || type == typeof(int) || type == typeof(TimeSpan) || type == typeof(IEnumerable<string>);

        public object Value => parameter.ParameterType switch
        {
            var type when type == typeof(string) => _name,
            var type when type == typeof(int) => _number,
            var type when type == typeof(TimeSpan) => TimeSpan.FromSeconds(1),
            _ => new[] { _name },
        };

        public string Name(string text) => text.Replace(_number.ToString(CultureInfo.InvariantCulture), _name, StringComparison.Ordinal);
    }
}

using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.DurableTask;

/// <summary>Builders live in the service collection that they build for: adding one name twice goes on with the same builder.</summary>
internal sealed class NamedBuilders<T>
    where T : class
{
    private readonly Dictionary<string, T> _builders = new(StringComparer.Ordinal);

    public static NamedBuilders<T> In(IServiceCollection services)
    {
        if (services.FirstOrDefault(s => s.ServiceType == typeof(NamedBuilders<T>))?.ImplementationInstance is NamedBuilders<T> known) return known;
        var builders = new NamedBuilders<T>();
        services.AddSingleton(builders);
        return builders;
    }

    public T GetOrAdd(string name, Func<T> create, out bool added)
    {
        added = !_builders.TryGetValue(name, out var builder);
        return builder ?? (_builders[name] = create());
    }
}

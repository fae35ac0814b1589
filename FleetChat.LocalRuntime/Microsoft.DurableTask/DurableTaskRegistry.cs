using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.DurableTask;

/// <summary>The orchestrators and activities of one worker, by name and version.</summary>
public sealed partial class DurableTaskRegistry
{
    internal Registrations<ITaskOrchestrator> Orchestrators { get; } = new();

    internal Registrations<ITaskActivity> Activities { get; } = new();

    public IEnumerable<KeyValuePair<TaskName, Func<IServiceProvider, ITaskOrchestrator>>> GetOrchestrators() => Orchestrators.ByName();

    public IEnumerable<KeyValuePair<TaskName, Func<IServiceProvider, ITaskActivity>>> GetActivities() => Activities.ByName();

    private static Func<IServiceProvider, T> FactoryOf<T>(Type type)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(type);
        ConcreteTypes.Checked<T>(type);
        return services => (T)ActivatorUtilities.GetServiceOrCreateInstance(services, type);
    }

    /// <summary>Names are compared ignoring case, and versions too.</summary>
    internal sealed class Registrations<T>
        where T : class
    {
        private readonly Dictionary<(TaskName Name, TaskVersion Version), Func<IServiceProvider, T>> _factories = [];

        public void Add(TaskName name, TaskVersion version, Func<IServiceProvider, T> factory)
        {
            if (string.IsNullOrEmpty(name.Name)) throw new ArgumentException("A task needs a name.", nameof(name));
            ArgumentNullException.ThrowIfNull(factory);
            if (!_factories.TryAdd((name, version), factory))
            {
                var versioned = version == default ? "" : $" with version '{version.Version}'";
                throw new ArgumentException($"An {typeof(T).Name} named '{name}'{versioned} is already added.", nameof(name));
            }
        }

        /// <summary>The exact version, else the one without a version.</summary>
        public Func<IServiceProvider, T>? Find(TaskName name, TaskVersion version)
            => name == default ? null : _factories.GetValueOrDefault((name, version)) ?? _factories.GetValueOrDefault((name, default));

        public bool Contains(TaskName name) => _factories.Keys.Any(key => key.Name == name);

        public IEnumerable<(string Name, IReadOnlyList<string> Versions)> NamesWithVersions(string? onlyVersion)
            => from key in _factories.Keys
               group key.Version.Version by key.Name into versions
               select (versions.Key.Name, (IReadOnlyList<string>)(onlyVersion is null ? [.. versions.Where(v => v.Length > 0)] : [onlyVersion]));

        public IEnumerable<KeyValuePair<TaskName, Func<IServiceProvider, T>>> ByName()
            => _factories.Select(entry => KeyValuePair.Create(entry.Key.Name, entry.Value));
    }
}

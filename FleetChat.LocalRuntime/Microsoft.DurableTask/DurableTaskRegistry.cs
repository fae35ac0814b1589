namespace Microsoft.DurableTask;

/// <summary>The orchestrators and activities of one worker, by name and version.</summary>
public sealed partial class DurableTaskRegistry
{
    internal Registrations<ITaskOrchestrator> Orchestrators { get; } = new();

    internal Registrations<ITaskActivity> Activities { get; } = new();

    public IEnumerable<KeyValuePair<TaskName, Func<IServiceProvider, ITaskOrchestrator>>> GetOrchestrators() => Orchestrators.ByName();

    public IEnumerable<KeyValuePair<TaskName, Func<IServiceProvider, ITaskActivity>>> GetActivities() => Activities.ByName();

    /// <summary>Names are compared ignoring case, and versions too.</summary>
    internal sealed class Registrations<T>
        where T : class
    {
        private readonly Dictionary<(TaskName Name, TaskVersion Version), Func<IServiceProvider, T>> _factories = [];
        private readonly HashSet<TaskName> _versionedNames = [];

        public void Add(TaskName name, TaskVersion version, Func<IServiceProvider, T> factory)
        {
            if (string.IsNullOrEmpty(name.Name)) throw new ArgumentException("A task needs a name.", nameof(name));
            ArgumentNullException.ThrowIfNull(factory);
            if (!_factories.TryAdd((name, version), factory))
            {
                var versioned = version == default ? "" : $" with version '{version.Version}'";
                throw new ArgumentException($"An {typeof(T).Name} named '{name}'{versioned} is already added.", nameof(name));
            }

            if (version != default) _versionedNames.Add(name);
        }

        /// <summary>
        /// The version's own factory. One without a version serves every version, but only while the name has no versioned ones:
        /// beside them it would run an instance of an unknown version with the wrong code.
        /// </summary>
        public Func<IServiceProvider, T>? Find(TaskName name, TaskVersion version)
        {
            if (_factories.TryGetValue((name, version), out var exact)) return exact;
            return _factories.TryGetValue((name, default), out var unversioned) && !_versionedNames.Contains(name) ? unversioned : null;
        }

        public bool Contains(TaskName name) => _factories.Keys.Any(key => key.Name == name);

        /// <summary>Each name with its versions; none means any version.</summary>
        public IEnumerable<(string Name, IReadOnlyList<string> Versions)> NamesWithVersions()
            => from key in _factories.Keys
               group key.Version.Version by key.Name into versions
               select (versions.Key.Name, Versions: _versionedNames.Contains(versions.Key) ? Sorted(versions) : []);

        public IEnumerable<KeyValuePair<TaskName, Func<IServiceProvider, T>>> ByName()
            => _factories.Select(entry => KeyValuePair.Create(entry.Key.Name, entry.Value));

        private static IReadOnlyList<string> Sorted(IEnumerable<string> versions) => [.. versions.Order(StringComparer.OrdinalIgnoreCase)];
    }
}

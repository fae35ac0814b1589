using Microsoft.Extensions.Options;

namespace Microsoft.DurableTask.Client;

public interface IDurableTaskClientProvider
{
    DurableTaskClient GetClient(string? name = null);
}

internal sealed class DurableTaskClientProvider(IEnumerable<DurableTaskClientProvider.Holder> holders) : IDurableTaskClientProvider
{
    public DurableTaskClient GetClient(string? name = null)
    {
        // Options' names are told apart by case, unlike tasks'.
        name ??= Options.DefaultName;
        return holders.FirstOrDefault(h => string.Equals(h.Client.Name, name, StringComparison.Ordinal))?.Client
            ?? throw new ArgumentOutOfRangeException(
                nameof(name),
                name,
                $"The value of this argument must be in the set of available clients: [{string.Join(", ", holders.Select(h => $"\"{h.Client.Name}\""))}].");
    }

    /// <summary>Keeps the named clients apart from the one that is injected as DurableTaskClient.</summary>
    internal sealed class Holder(DurableTaskClient client)
    {
        public DurableTaskClient Client => client;
    }
}

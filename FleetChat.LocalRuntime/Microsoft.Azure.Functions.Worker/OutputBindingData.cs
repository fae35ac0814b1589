namespace Microsoft.Azure.Functions.Worker;

public abstract class OutputBindingData<T>
{
    protected OutputBindingData()
    {
    }

    public abstract T Value { get; set; }

    public abstract string Name { get; }

    public abstract string BindingType { get; }
}

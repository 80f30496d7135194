#[automatically_derived]
impl ::pool_tokio::Pooled for Socket {
    type Resource = Self;
    type Config = SocketAddr;
    type Error = <io::Result<Self> as ::pool_tokio::derived::Constructed<Self>>::Error;
    async fn create(config: &Self::Config) -> ::core::result::Result<Self, Self::Error> {
        ::pool_tokio::derived::Constructed::<
            Self,
        >::into_result(
            ::pool_tokio::derived::Returned::<
                io::Result<Self>,
            >::into_declared(open(config).await),
        )
    }
    fn reset(
        resource: &mut Self,
    ) -> impl ::core::future::Future<
        Output = ::core::result::Result<(), Self::Error>,
    > + ::core::marker::Send {
        ::pool_tokio::derived::Reset::<Self::Error>::at_once(Self::drain(resource))
    }
    fn is_reusable(resource: &mut Self) -> bool {
        ::pool_tokio::derived::Answered::into_bool(Self::is_open(resource))
    }
    fn close(
        resource: Self,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send {
        ::pool_tokio::derived::Closed::at_once(Self::leave(resource))
    }
}
